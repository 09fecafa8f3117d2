import pg from 'pg';

/** A log, a topic or a dump, in which no secret may be. */
export interface Place {
  name: string;
  text: string;
}

/** Finds secrets, as `place: secret`, in plain, escaped, hexadecimal or base 64 form. */
export function findSecrets(places: readonly Place[], secrets: Readonly<Record<string, string>>): string[] {
  const codings = Object.entries(secrets).map(([name, secret]) => ({ name, written: codingsOf(secret) }));
  return places.flatMap(({ name: place, text }) =>
    codings.filter(({ written }) => written.some((coding) => text.includes(coding))).map(({ name }) => `${place}: ${name}`),
  );
}

function codingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base 64 has three forms of a text, by its offset; its first and last characters depend on the neighbours.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const escaped = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  return [
    secret,
    bytes.toString('hex'),
    ...escaped,
    ...shifted,
    ...shifted.map((text) => text.replace(/\+/g, '-').replace(/\//g, '_')),
  ];
}

/** Every row of every table, as text. */
export async function dumpOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(table_name) as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const dumps: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} as t`);
      dumps.push(`${name}\n${rows.map(({ row }) => row).join('\n')}`);
    }
    return dumps.join('\n');
  } finally {
    await client.end();
  }
}
