# Run this with BROKERS (host:port) and ADMIN (a properties file of a user who may change ACLs).
# The cluster needs an authorizer, and allow.everyone.if.no.acl.found=false: else a topic is everybody's until it has an ACL.
set -eu

# The set-up makes the topics, and checks their settings.
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-set-up' --operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs --topic contact-sync. --resource-pattern-type prefixed

# The gateway publishes; it reads for its streams and exports, and repairs read for it.
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-gateway' --operation Write --topic contact-sync.contacts.v1 --topic contact-sync.companies.v1 --topic contact-sync.portal-logins.v1
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-gateway' --operation Read --topic contact-sync.contacts.v1 --topic contact-sync.companies.v1 --topic contact-sync.portal-logins.v1 --topic contact-sync.portal-logins.v1.dead-letters

# The events tool reads. What writes logins, dead-letters redrive and replay, runs as the user of the gateway.
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-operator' --operation Read --topic contact-sync.contacts.v1 --topic contact-sync.companies.v1 --topic contact-sync.portal-logins.v1 --topic contact-sync.portal-logins.v1.dead-letters
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-operator' --operation Read --group contact-sync-auth

# A subscriber reads contacts and companies, in groups that begin with its name.
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-subscriber' --operation Read --topic contact-sync.contacts.v1 --topic contact-sync.companies.v1
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-subscriber' --operation Read --group contact-sync-subscriber --resource-pattern-type prefixed

# Run this with BROKERS (host:port) and ADMIN (a properties file of a user who may change ACLs).
# The cluster needs an authorizer, and allow.everyone.if.no.acl.found=false: else a topic is everybody's until it has an ACL.
set -eu

# The auth app reads logins, and keeps what it cannot apply.
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-auth' --operation Read --topic contact-sync.portal-logins.v1
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-auth' --operation Write --topic contact-sync.portal-logins.v1.dead-letters
kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:contact-sync-auth' --operation Read --group contact-sync-auth
