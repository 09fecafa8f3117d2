/** What a principal may do with topics or groups; Kafka's names. */
export interface Acl {
  /** For instance `User:contact-sync-auth`. */
  principal: string;
  operations: readonly ('Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs' | 'AlterConfigs')[];
  resource: 'topic' | 'group';
  names: readonly string[];
  /** Whether the names are beginnings of names. */
  isPrefix?: boolean;
}

/** ACLs of one principal, under a heading. */
export interface AclGroup {
  heading: string;
  acls: readonly Acl[];
}

const HEAD = `# Run this with BROKERS (host:port) and ADMIN (a properties file of a user who may change ACLs).
# The cluster needs an authorizer, and allow.everyone.if.no.acl.found=false: else a topic is everybody's until it has an ACL.
set -eu`;

/** A shell script that grants the ACLs by Kafka's own tool. */
export const aclScript = (groups: readonly AclGroup[]): string =>
  [HEAD, ...groups.map(({ heading, acls }) => [`# ${heading}`, ...acls.map(commandOf)].join('\n'))].join('\n\n');

const commandOf = ({ principal, operations, resource, names, isPrefix }: Acl): string =>
  [
    `kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal ${quoted(principal)}`,
    ...operations.map((operation) => `--operation ${operation}`),
    ...names.map((name) => `--${resource} ${name}`),
    ...(isPrefix ? ['--resource-pattern-type prefixed'] : []),
  ].join(' ');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
