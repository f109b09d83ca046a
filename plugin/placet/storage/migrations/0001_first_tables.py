"""All tables of the first release.

Written as SQL, so that it stays as it is whatever becomes of the code. Text is compared byte by byte on both databases:
SQLite does so by itself, PostgreSQL with the collation "C", whose order no update of the system's languages changes.
Instants are microseconds since 1970 in UTC; JSON is text.
"""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

PEOPLE = """
CREATE TABLE placet_person (
  id {text} PRIMARY KEY,
  name {text} NOT NULL,
  email {text} NOT NULL,
  kind {text} NOT NULL,
  owner {text} REFERENCES placet_person (id) DEFERRABLE INITIALLY DEFERRED,
  active BOOLEAN NOT NULL);
CREATE INDEX placet_person_owner ON placet_person (owner);
CREATE TABLE placet_person_word (
  person {text} NOT NULL REFERENCES placet_person (id),
  word {text} NOT NULL,
  PRIMARY KEY (person, word));
CREATE INDEX placet_person_word_word ON placet_person_word (word, person);
CREATE TABLE placet_group (
  id {text} PRIMARY KEY,
  name {text} NOT NULL);
CREATE TABLE placet_membership (
  person {text} NOT NULL REFERENCES placet_person (id),
  "group" {text} NOT NULL REFERENCES placet_group (id),
  PRIMARY KEY (person, "group"));
CREATE INDEX placet_membership_group ON placet_membership ("group", person);
CREATE TABLE placet_person_holding (
  person {text} NOT NULL REFERENCES placet_person (id),
  source {text} NOT NULL,
  kind {text} NOT NULL,
  name {text} NOT NULL,
  value {text} NOT NULL,
  PRIMARY KEY (person, source));
CREATE INDEX placet_person_holding_source ON placet_person_holding (source, person);
CREATE TABLE placet_group_holding (
  "group" {text} NOT NULL REFERENCES placet_group (id),
  source {text} NOT NULL,
  kind {text} NOT NULL,
  name {text} NOT NULL,
  value {text} NOT NULL,
  PRIMARY KEY ("group", source));
CREATE INDEX placet_group_holding_source ON placet_group_holding (source, "group");
CREATE TABLE placet_login (
  person {text} NOT NULL,
  target {text} NOT NULL,
  login {text} NOT NULL,
  native_id {text} NOT NULL,
  PRIMARY KEY (person, target));
CREATE UNIQUE INDEX placet_login_once ON placet_login (target, login)
"""

SOURCES = """
CREATE TABLE placet_domain (
  id {text} PRIMARY KEY,
  name {text} NOT NULL,
  description {text} NOT NULL);
CREATE TABLE placet_source (
  id {text} PRIMARY KEY,
  target {text} NOT NULL,
  schema {text} NOT NULL,
  name {text} NOT NULL);
CREATE UNIQUE INDEX placet_source_once ON placet_source (name, schema, target);
CREATE TABLE placet_source_column (
  source {text} NOT NULL REFERENCES placet_source (id),
  position INTEGER NOT NULL,
  number INTEGER NOT NULL,
  name {text} NOT NULL,
  type {text} NOT NULL,
  PRIMARY KEY (source, number));
CREATE TABLE placet_source_tag (
  source {text} NOT NULL REFERENCES placet_source (id),
  tag {text} NOT NULL,
  PRIMARY KEY (source, tag));
CREATE TABLE placet_column_tag (
  source {text} NOT NULL,
  number INTEGER NOT NULL,
  tag {text} NOT NULL,
  PRIMARY KEY (source, number, tag),
  FOREIGN KEY (source, number) REFERENCES placet_source_column (source, number));
CREATE TABLE placet_source_domain (
  source {text} NOT NULL REFERENCES placet_source (id),
  domain {text} NOT NULL REFERENCES placet_domain (id),
  PRIMARY KEY (source, domain));
CREATE INDEX placet_source_domain_domain ON placet_source_domain (domain, source)
"""

PRODUCTS = """
CREATE TABLE placet_form (
  id {text} NOT NULL,
  version INTEGER NOT NULL,
  name {text} NOT NULL,
  body {text} NOT NULL,
  created_by {text} NOT NULL,
  created_at BIGINT,
  builtin BOOLEAN NOT NULL,
  PRIMARY KEY (id, version));
CREATE TABLE placet_product (
  id {text} PRIMARY KEY,
  name {text} NOT NULL,
  sort_name {text} NOT NULL,
  domain {text} NOT NULL REFERENCES placet_domain (id),
  form {text} NOT NULL,
  form_version INTEGER NOT NULL,
  description {text} NOT NULL,
  expert {text} NOT NULL,
  links {text} NOT NULL,
  maximum {text},
  sources {text} NOT NULL,
  stewards {text} NOT NULL,
  visible_to {text} NOT NULL,
  restricted BOOLEAN NOT NULL,
  state {text} NOT NULL,
  created_at BIGINT,
  published_at BIGINT,
  revision INTEGER NOT NULL,
  FOREIGN KEY (form, form_version) REFERENCES placet_form (id, version));
CREATE UNIQUE INDEX placet_product_name ON placet_product (name) WHERE state <> 'deleted';
CREATE INDEX placet_product_listed ON placet_product (sort_name, id);
CREATE INDEX placet_product_domain ON placet_product (domain, sort_name, id);
CREATE INDEX placet_product_form ON placet_product (form, form_version);
CREATE TABLE placet_product_source (
  product {text} NOT NULL REFERENCES placet_product (id),
  source {text} NOT NULL REFERENCES placet_source (id),
  PRIMARY KEY (product, source));
CREATE INDEX placet_product_source_source ON placet_product_source (source, product);
CREATE TABLE placet_product_sight (
  product {text} NOT NULL REFERENCES placet_product (id),
  "group" {text} NOT NULL,
  PRIMARY KEY (product, "group"));
CREATE INDEX placet_product_sight_group ON placet_product_sight ("group", product);
CREATE TABLE placet_product_word (
  product {text} NOT NULL REFERENCES placet_product (id),
  word {text} NOT NULL,
  PRIMARY KEY (product, word));
CREATE INDEX placet_product_word_word ON placet_product_word (word, product)
"""

REQUESTS = """
CREATE TABLE placet_request (
  id {text} PRIMARY KEY,
  type {text} NOT NULL,
  product {text} NOT NULL REFERENCES placet_product (id),
  requester {text} NOT NULL,
  beneficiary {text} NOT NULL,
  beneficiary_kind {text} NOT NULL,
  columns {text} NOT NULL,
  form {text} NOT NULL,
  form_version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  quorum {text},
  sources {text} NOT NULL,
  answers {text} NOT NULL,
  acceptance {text},
  packs {text} NOT NULL,
  status {text} NOT NULL,
  decided_at BIGINT,
  lapses_at BIGINT,
  renews {text},
  justification {text} NOT NULL,
  unroutable BOOLEAN NOT NULL,
  revision INTEGER NOT NULL,
  FOREIGN KEY (form, form_version) REFERENCES placet_form (id, version));
CREATE UNIQUE INDEX placet_request_pending ON placet_request (beneficiary, beneficiary_kind, product, type)
  WHERE status = 'pending';
CREATE INDEX placet_request_created ON placet_request (created_at, id);
CREATE INDEX placet_request_requester ON placet_request (requester, created_at, id);
CREATE INDEX placet_request_beneficiary ON placet_request (beneficiary, beneficiary_kind, created_at, id);
CREATE INDEX placet_request_product ON placet_request (product, created_at, id);
CREATE INDEX placet_request_open ON placet_request (created_at, id) WHERE status = 'pending';
CREATE INDEX placet_request_decided ON placet_request (product, status, decided_at, id);
CREATE INDEX placet_request_form ON placet_request (form, form_version);
CREATE INDEX placet_request_lapses ON placet_request (lapses_at, id) WHERE status = 'pending';
CREATE INDEX placet_request_renews ON placet_request (renews) WHERE renews IS NOT NULL;
CREATE TABLE placet_request_source (
  request {text} NOT NULL REFERENCES placet_request (id),
  source {text} NOT NULL,
  pending BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (request, source));
CREATE INDEX placet_request_source_inbox ON placet_request_source (source, created_at, request) WHERE pending;
CREATE TABLE placet_determination (
  id {text} PRIMARY KEY,
  request {text} NOT NULL REFERENCES placet_request (id),
  steward {text} NOT NULL,
  verdict {text} NOT NULL,
  reason {text} NOT NULL,
  at BIGINT NOT NULL,
  duration {text},
  "end" BIGINT,
  stood_for {text} NOT NULL);
CREATE UNIQUE INDEX placet_determination_once ON placet_determination (request, steward);
CREATE TABLE placet_grant (
  id {text} PRIMARY KEY,
  request {text} NOT NULL REFERENCES placet_request (id),
  product {text} NOT NULL REFERENCES placet_product (id),
  type {text} NOT NULL,
  beneficiary {text} NOT NULL,
  beneficiary_kind {text} NOT NULL,
  start BIGINT NOT NULL,
  "end" BIGINT,
  revoked_by {text},
  revoked_at BIGINT,
  revoked_why {text},
  expiry_told BOOLEAN NOT NULL,
  revision INTEGER NOT NULL);
CREATE UNIQUE INDEX placet_grant_request ON placet_grant (request);
CREATE INDEX placet_grant_product ON placet_grant (product, start, id);
CREATE INDEX placet_grant_beneficiary ON placet_grant (beneficiary, beneficiary_kind, product, start, id);
CREATE INDEX placet_grant_untold ON placet_grant ("end", id) WHERE NOT expiry_told AND revoked_at IS NULL;
CREATE TABLE placet_grant_column (
  "grant" {text} NOT NULL REFERENCES placet_grant (id),
  position INTEGER NOT NULL,
  source {text} NOT NULL,
  number INTEGER NOT NULL,
  name {text} NOT NULL,
  PRIMARY KEY ("grant", position));
CREATE INDEX placet_grant_column_source ON placet_grant_column (source, number, "grant");
CREATE TABLE placet_verdict (
  number {number} PRIMARY KEY,
  id {text} NOT NULL UNIQUE,
  request {text} NOT NULL,
  at BIGINT NOT NULL,
  question {text} NOT NULL,
  told {text} NOT NULL,
  proof {text} NOT NULL,
  packs {text} NOT NULL);
CREATE INDEX placet_verdict_request ON placet_verdict (request, at, number);
CREATE TABLE placet_pack (
  hash {text} PRIMARY KEY,
  name {text} NOT NULL,
  text {text} NOT NULL,
  cases {text} NOT NULL,
  kept_at BIGINT NOT NULL);
CREATE INDEX placet_pack_name ON placet_pack (name, kept_at);
CREATE TABLE placet_pack_in_force (
  name {text} PRIMARY KEY,
  hash {text} NOT NULL REFERENCES placet_pack (hash),
  since BIGINT NOT NULL,
  by {text} NOT NULL)
"""

EVENTS = """
CREATE TABLE placet_audit (
  sequence {sequence} NOT NULL PRIMARY KEY,
  previous {text} NOT NULL,
  hash {text} NOT NULL,
  type {text} NOT NULL,
  actor {text} NOT NULL,
  at BIGINT NOT NULL,
  subject {text} NOT NULL,
  domain {text} NOT NULL,
  data {text} NOT NULL);
CREATE INDEX placet_audit_domain ON placet_audit (domain, sequence);
CREATE TABLE placet_outbox (
  id {text} PRIMARY KEY,
  type {text} NOT NULL,
  at BIGINT NOT NULL,
  body {text} NOT NULL,
  dispatched BOOLEAN NOT NULL);
CREATE INDEX placet_outbox_waiting ON placet_outbox (at, id) WHERE NOT dispatched;
CREATE TABLE placet_notification (
  id {text} PRIMARY KEY,
  person {text} NOT NULL,
  type {text} NOT NULL,
  message {text} NOT NULL,
  at BIGINT NOT NULL,
  subject {text} NOT NULL,
  read_at BIGINT);
CREATE INDEX placet_notification_person ON placet_notification (person, at, id);
CREATE INDEX placet_notification_unread ON placet_notification (person) WHERE read_at IS NULL;
CREATE TABLE placet_webhook (
  id {text} PRIMARY KEY,
  url {text} NOT NULL,
  secret {text} NOT NULL,
  types {text} NOT NULL,
  active BOOLEAN NOT NULL,
  owner {text} NOT NULL,
  created_at BIGINT NOT NULL);
CREATE TABLE placet_delivery (
  number {number} PRIMARY KEY,
  id {text} NOT NULL UNIQUE,
  endpoint {text} NOT NULL REFERENCES placet_webhook (id),
  event {text} NOT NULL,
  type {text} NOT NULL,
  body {text} NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  state {text} NOT NULL,
  status INTEGER,
  answer {text} NOT NULL,
  finished_at BIGINT);
CREATE UNIQUE INDEX placet_delivery_once ON placet_delivery (endpoint, event);
CREATE INDEX placet_delivery_due ON placet_delivery (due_at, number) WHERE finished_at IS NULL;
CREATE TABLE placet_job (
  id {number} PRIMARY KEY,
  kind {text} NOT NULL,
  target {text} NOT NULL,
  subject {text} NOT NULL,
  payload {text} NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  leased_until BIGINT,
  attempts INTEGER NOT NULL,
  error {text} NOT NULL,
  finished_at BIGINT);
CREATE INDEX placet_job_due ON placet_job (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX placet_job_subject ON placet_job (subject, target)
"""

SQLITE = {"text": "TEXT", "sequence": "INTEGER", "number": "INTEGER"}
POSTGRES = {
    "text": 'TEXT COLLATE "C"',
    "sequence": "BIGINT",
    "number": "BIGINT GENERATED BY DEFAULT AS IDENTITY",
}

SQLITE_TRIGGERS = [
    """
    CREATE TRIGGER placet_audit_no_update BEFORE UPDATE ON placet_audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    """
    CREATE TRIGGER placet_audit_no_delete BEFORE DELETE ON placet_audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    # REPLACE would delete a row without the trigger above: what is inserted has to be the next.
    """
    CREATE TRIGGER placet_audit_next BEFORE INSERT ON placet_audit
    WHEN NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM placet_audit)
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
]

POSTGRES_TRIGGERS = [
    """
    CREATE FUNCTION placet_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$
    """,
    """
    CREATE TRIGGER placet_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON placet_audit
    FOR EACH STATEMENT EXECUTE FUNCTION placet_audit_refuse()
    """,
    """
    CREATE FUNCTION placet_audit_next() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
      IF NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM placet_audit) THEN
        RAISE EXCEPTION 'the audit trail only grows';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER placet_audit_next BEFORE INSERT ON placet_audit
    FOR EACH ROW EXECUTE FUNCTION placet_audit_next()
    """,
]


def up(migrator: Any, db: Any) -> None:  # noqa: ARG001 - the runner gives both
    """Make the tables, their indexes, and the triggers that keep the trail as it is."""
    postgres = isinstance(db, PostgresqlDatabase)
    for part in (PEOPLE, SOURCES, PRODUCTS, REQUESTS, EVENTS):
        for statement in part.format(**(POSTGRES if postgres else SQLITE)).split(";"):
            db.execute_sql(statement)
    for statement in POSTGRES_TRIGGERS if postgres else SQLITE_TRIGGERS:
        db.execute_sql(statement)
