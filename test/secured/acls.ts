import kafkajs, { type AclEntry } from 'kafkajs';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const OPERATIONS: Readonly<Record<string, number>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  AlterConfigs: AclOperationTypes.ALTER_CONFIGS,
};
const COMMAND =
  /^kafka-acls\.sh --bootstrap-server "\$BROKERS" --command-config "\$ADMIN" --add --allow-principal '([^']+)'(( --\S+ \S+)+)$/;

/** What the commands of `--print-acls` grant. @throws {Error} where a line is neither a command of that form nor a remark */
export const aclsOf = (script: string): AclEntry[] =>
  script
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && line !== 'set -eu')
    .flatMap(entriesOf);

function entriesOf(line: string): AclEntry[] {
  const [, principal, options] = COMMAND.exec(line) ?? [];
  if (principal === undefined || options === undefined) throw new Error(`No command of kafka-acls.sh: ${line}`);
  const given = [...options.matchAll(/ --(\S+) (\S+)/g)].map(([, name, value]) => [name!, value!] as const);
  const values = (wanted: string): string[] => given.filter(([name]) => name === wanted).map(([, value]) => value);
  const unknown = given.find(([name]) => !['operation', 'topic', 'group', 'resource-pattern-type'].includes(name));
  if (unknown) throw new Error(`An unknown option: ${unknown.join(' ')}`);
  const isPrefix = values('resource-pattern-type').includes('prefixed');
  const resources = [
    ...values('topic').map((name) => ({ resourceType: AclResourceTypes.TOPIC, resourceName: name })),
    ...values('group').map((name) => ({ resourceType: AclResourceTypes.GROUP, resourceName: name })),
  ];
  return resources.flatMap((resource) =>
    values('operation').map((operation) => ({
      ...resource,
      resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal,
      host: '*',
      operation: OPERATIONS[operation]!,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  );
}
