/** What is wrong with a list's query, keyed by the parameters' own names. */
export type ListDefects = Readonly<Record<string, string[]>>;

/** The query of a list breaks rules. */
export class ListRefused extends Error {
  override readonly name = 'ListRefused';

  constructor(readonly defects: ListDefects) {
    super('The list was not read.');
  }
}
