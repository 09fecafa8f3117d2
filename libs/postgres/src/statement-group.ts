import pg from 'pg';

/** A statement that each connection prepares once, under its name. */
export interface PreparedStatement {
  name: string;
  /** Values are bound: `$1`. */
  text: string;
}

/** The answer to one statement. */
interface Answer<Row> {
  rows: Row[];
  /** Such as `COMMIT` and `SELECT 16`. */
  command: string;
}

/** The columns of a statement's rows. */
interface Columns {
  names: readonly string[];
  parsers: readonly ((text: string) => unknown)[];
  /** A row without values: a copy of it takes them faster than an object to which they are added one by one. */
  blank: Readonly<Record<string, unknown>>;
}

interface Entry {
  statement: Partial<PreparedStatement> & Pick<PreparedStatement, 'text'>;
  values: (string | Buffer | null)[];
  isParsedHere: boolean;
  columns: Columns | undefined;
  answer: Answer<Record<string, unknown>>;
  resolve: (answer: Answer<never>) => void;
  reject: (error: unknown) => void;
}

/** What a group uses of pg's connection. */
interface Connection {
  stream: { cork: () => void; uncork: () => void };
  /** Texts of prepared statements by name; pg's own statements use the same records. */
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  close: (message: { type: 'S'; name: string }) => void;
  parse: (message: { name: string; text: string }) => void;
  bind: (message: { statement: string; values: Entry['values'] }) => void;
  describe: (message: { type: 'P'; name: '' }) => void;
  execute: () => void;
  sync: () => void;
}

const NO_COLUMNS: Columns = { names: [], parsers: [], blank: {} };

const { INT8 } = pg.types.builtins;
/** pg's own parser of a `bigint` examines its digits, and returns the text too. */
const asText = (text: string): string => text;
const parserOf = (type: number): Columns['parsers'][number] =>
  type === (INT8 as number) ? asText : (pg.types.getTypeParser(type, 'text') as Columns['parsers'][number]);

const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => string | Buffer | null } }).utils;

/** Columns of the prepared statements of a connection, by name: they are asked for once. */
const columnsOf = new WeakMap<Connection, Map<string, Columns>>();

/**
 * Statements that share a round trip. The server answers them together, after the last one.
 *
 * pg alone ends each statement with a message of its own, and the server sends each answer at once: for nine statements that is nine
 * packets, and each of them wakes this process.
 */
export class StatementGroup implements pg.Submittable {
  /** Settles when the whole group is answered. */
  readonly done: Promise<void>;
  private readonly entries: Entry[] = [];
  private answered = 0;
  private defect: unknown;
  private connection: Connection | undefined;
  private settle!: { resolve: () => void; reject: (error: unknown) => void };

  constructor() {
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.done.catch(() => undefined);
  }

  get size(): number {
    return this.entries.length;
  }

  /** The first failure rejects its own statement and all later ones of the group. */
  add<Row>(statement: Entry['statement'], values: readonly unknown[]): Promise<Answer<Row>> {
    return new Promise<Answer<never>>((resolve, reject) => {
      const answer = { rows: [], command: '' };
      this.entries.push({
        statement,
        values: values.map(valueOf),
        isParsedHere: false,
        columns: undefined,
        answer,
        resolve,
        reject,
      });
    });
  }

  catch(onRejected: (error: unknown) => void): Promise<void> {
    return this.done.catch(onRejected);
  }

  /** pg calls it, and wraps it with the limit of time. */
  callback = (error: unknown): void => {
    const failure = error ?? this.defect;
    const answered = failure === this.defect ? 0 : this.answered;
    this.entries.forEach((entry, index) => {
      if (failure && index >= answered) this.fail(entry, failure);
      else entry.resolve(entry.answer as unknown as Answer<never>);
    });
    if (failure) this.settle.reject(failure);
    else this.settle.resolve();
  };

  submit(connection: pg.Connection): Error | undefined {
    const wire = (this.connection = connection as unknown as Connection);
    const clash = this.entries.find(({ statement: { name = '', text } }) => (preparedText(wire, name) ?? text) !== text);
    if (clash) return new Error(`${clash.statement.name} is another statement's name.`);
    // One write costs less than one a message.
    wire.stream.cork();
    for (const entry of this.entries) sendEntry(wire, entry);
    wire.sync();
    wire.stream.uncork();
    return undefined;
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    const names = fields.map(({ name }) => name);
    this.entries[this.answered]!.columns = {
      names,
      parsers: fields.map(({ dataTypeID }) => parserOf(dataTypeID)),
      blank: Object.fromEntries(names.map((name) => [name, null])),
    };
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const { columns, answer } = this.entries[this.answered]!;
    const { names, parsers, blank } = columns!;
    const row = { ...blank };
    try {
      for (let index = 0; index < names.length; index++) {
        const text = fields[index]!;
        if (text !== null) row[names[index]!] = parsers[index]!(text);
      }
    } catch (error) {
      this.defect ??= error;
    }
    answer.rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const { statement, columns = NO_COLUMNS, answer, isParsedHere } = this.entries[this.answered++]!;
    answer.command = text;
    const { name } = statement;
    if (name === undefined || !isParsedHere) return;
    const { parsedStatements, submittedNamedStatements } = this.connection!;
    parsedStatements[name] = statement.text;
    delete submittedNamedStatements[name];
    knownColumns(this.connection!).set(name, columns);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: unknown): void {
    this.callback(error);
  }

  private fail({ statement: { name }, isParsedHere, reject }: Entry, error: unknown): void {
    if (isParsedHere && name !== undefined && this.connection) delete this.connection.submittedNamedStatements[name];
    reject(error);
  }
}

function sendEntry(connection: Connection, entry: Entry): void {
  const { name = '', text } = entry.statement;
  if (preparedText(connection, name) === undefined) {
    // A failed group can have prepared it.
    if (name !== '') connection.close({ type: 'S', name });
    connection.parse({ name, text });
    if (name !== '') connection.submittedNamedStatements[name] = text;
    entry.isParsedHere = true;
  }
  connection.bind({ statement: name, values: entry.values });
  if (!entry.isParsedHere) entry.columns = knownColumns(connection).get(name);
  if (!entry.columns) connection.describe({ type: 'P', name: '' });
  connection.execute();
}

/** The text that was prepared under a name; undefined without one. */
const preparedText = ({ parsedStatements, submittedNamedStatements }: Connection, name: string): string | undefined =>
  parsedStatements[name] ?? submittedNamedStatements[name];

function knownColumns(connection: Connection): Map<string, Columns> {
  const known = columnsOf.get(connection) ?? new Map<string, Columns>();
  columnsOf.set(connection, known);
  return known;
}

/** Lists of texts and numbers are written here: pg examines and escapes each element twice. */
const valueOf = (value: unknown): string | Buffer | null =>
  Array.isArray(value) && value.every(isPlain) ? `{${value.map(elementOf).join(',')}}` : prepareValue(value);

const isPlain = (item: unknown): item is string | number | null =>
  typeof item === 'string' || typeof item === 'number' || item === null;

const ESCAPED = /["\\]/;
function elementOf(item: string | number | null): string | number {
  if (item === null) return 'NULL';
  if (typeof item === 'number') return item;
  return `"${ESCAPED.test(item) ? item.replace(/["\\]/g, '\\$&') : item}"`;
}
