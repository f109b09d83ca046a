# What Placet decides, for whoever asks Open Policy Agent. Emitted: change birthright policies in Placet, and not here.
#
# People, grants and masking exceptions stand in the data of this bundle (`facts`), so an approval changes no rule.
# Instants are microseconds since 1970; a grant runs for start <= t < end. The time is the engine's own, and nobody who
# asks can choose it.
package placet

import rego.v1

default decision := {"allow": false, "columns": {}, "row_filters": []}

# Asked with {"login": ..., "schema": ..., "table": ...}.
decision := decide(input.login, tables[input.schema][input.table])

# For a login and the id of a source.
decide(login, source) := {
	"allow": true,
	"columns": {name: sight(login, source, name) | some name in object.keys(columns_of(source))},
	"row_filters": [shown_filter(one, facts_about(login)) | some one in filters_on(login, source)],
	"reasons": {"grants": grants(login, source), "policies": policies(login, source)},
} if {
	reads(login, source)
} else := {"allow": false, "columns": {}, "row_filters": [], "reasons": {"guardrails": failed(login, source)}}

# --- What is looked up. Rules below ask these: not every engine lets a comprehension look up by a variable of outside ---

# Only active logins are among the facts.
facts_about(login) := data.placet.facts.logins[login]

products_with(source) := data.placet.facts.products[source]

given_to_login(login, product) := data.placet.facts.given.logins[login][product]

given_to_group(group, product) := data.placet.facts.given.groups[group][product]

shown_to_login(login, source, column) := data.placet.facts.shown.logins[login][source][column]

shown_to_group(group, source, column) := data.placet.facts.shown.groups[group][source][column]

groups_of(login) := data.placet.facts.logins[login].member_of

allow_of(source) := sources[source].allow

guardrails_of(source) := sources[source].guardrails

columns_of(source) := sources[source].columns

column_of(source, name) := sources[source].columns[name]

filters_of(source) := sources[source].filters

# --- Who may read ---

reads(login, source) if {
	who := facts_about(login)
	allowed(login, source)
	every guardrail in guardrails_of(source) {
		holds(guardrail.who, who)
	}
}

allowed(login, source) if count(policies(login, source)) > 0

allowed(login, source) if count(grants(login, source)) > 0

policies(login, source) := [one.policy | some one in allow_of(source); holds(one.who, facts_about(login))]

failed(login, source) := [one.policy | some one in guardrails_of(source); not met(one, login)]

met(one, login) if holds(one.who, facts_about(login))

# A running grant on a product that holds the source, one's own or of a group.
grants(login, source) := own_grants(login, source) | group_grants(login, source)

own_grants(login, source) := {held.grant |
	some product in products_with(source)
	some held in given_to_login(login, product)
	running(held)
}

group_grants(login, source) := {held.grant |
	some product in products_with(source)
	some group in groups_of(login)
	some held in given_to_group(group, product)
	running(held)
}

running(held) if {
	held.start * 1000 <= time.now_ns()
	not over(held)
}

# One without an end is never over.
over(held) if held.end * 1000 <= time.now_ns()

# --- How a column is seen by someone who may read: clear, by a mask, or, with neither, not at all ---

sight(login, source, name) := {"clear": true} if {
	clear(login, source, name)
} else := {"clear": false, "mask": one.mask, "policy": one.policy} if {
	one := masked_by(login, source, name)
} else := {"clear": false}

clear(login, source, name) if {
	column := column_of(source, name)
	not column.unconfirmed
	count(winners(column.masks, facts_about(login))) == 0
}

clear(login, source, name) if {
	column := column_of(source, name)
	not column.unconfirmed
	count(against(column.masks, facts_about(login))) == 0
	excepted(login, source, column.id)
}

# A running masking exception for the column, on a product that holds the source, one's own or of a group.
excepted(login, source, column) if {
	some held in shown_to_login(login, source, column)
	running(held)
}

excepted(login, source, column) if {
	some group in groups_of(login)
	some held in shown_to_group(group, source, column)
	running(held)
}

masked_by(login, source, name) := one if {
	column := column_of(source, name)
	not column.unconfirmed
	not clear(login, source, name)
	one := winners(column.masks, facts_about(login))[0]
}

# The policies of which the first masks. Of those that concern someone the strongest counts; where they are its
# exception, only one that stands against approvals still masks.
winners(masks, who) := against(masks, who) if {
	excepts(concerning(masks, who)[0], who)
} else := concerning(masks, who)

concerning(masks, who) := [one | some one in masks; concerns(one, who)]

against(masks, who) := [one | some one in masks; stands_against(one, who)]

concerns(one, who) if stands_against(one, who)

concerns(one, who) if {
	not one.for
	is_object(who)
}

stands_against(one, who) if holds(one.for, who)

excepts(one, who) if holds(one.except, who)

# --- Which rows are seen: those that every filter lets through, in every one of its columns; without any, none ---

filters_on(login, source) := [one | some one in filters_of(source); filters(one, facts_about(login))]

filters(one, who) if {
	concerns(one, who)
	not excepts(one, who)
}

# A text is among the values of an attribute by itself, a whole number by its digits, yes and no as `true` and `false`.
shown_filter(one, who) := {
	"policy": one.policy,
	"columns": one.columns,
	"among": attribute_values(who, one.attribute),
} if {
	one.attribute
} else := {
	"policy": one.policy,
	"columns": one.columns,
	"comparison": one.comparison,
	"values": one.values,
}

attribute_values(who, key) := sort(object.keys(object.get(who.attributes, key, {})))
