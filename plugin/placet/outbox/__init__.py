"""What has happened: the audit trail, and telling people, hosts and webhooks of it."""
