/** A company of the demo, with its contacts. */
export interface DemoCompany {
  name: string;
  city: string;
  country: string;
  contacts: readonly DemoContact[];
}

/** A contact of the demo; with a password it has a login. */
interface DemoContact {
  first_name: string;
  last_name: string;
  email: string;
  phone_1?: string;
  is_primary?: boolean;
  tags?: readonly string[];
  password?: string;
}

/** The login of the greeting's example: its email becomes the one of the two that it does not have now. */
export const SHOWN_LOGIN = {
  emails: ['john.smith@acme.example', 'j.smith@acme.example'],
  password: 'correct horse battery',
} as const;

/** Three companies, twelve contacts, four of them with a login. Their domains are reserved (RFC 2606). */
export const DEMO: readonly DemoCompany[] = [
  {
    name: 'Acme Corp',
    city: 'Portland',
    country: 'US',
    contacts: [
      {
        ...login('John', 'Smith', SHOWN_LOGIN.emails[0], SHOWN_LOGIN.password),
        is_primary: true,
        tags: ['sales', 'key account'],
      },
      { ...login('Grace', 'Okafor', 'grace.okafor@acme.example', 'copper kettle morning'), tags: ['purchasing'] },
      { ...contact('Liam', 'Nowak', 'liam.nowak@acme.example'), phone_1: '555-010-0103' },
      { ...contact('Mei', 'Tanaka', 'mei.tanaka@acme.example'), tags: ['warehouse'] },
    ],
  },
  {
    name: 'Borealis Tools',
    city: 'Tampere',
    country: 'FI',
    contacts: [
      {
        ...login('Aino', 'Virtanen', 'aino.virtanen@borealis.example', 'seven quiet lakes'),
        is_primary: true,
        tags: ['key account'],
      },
      { ...contact('Mikko', 'Laine', 'mikko.laine@borealis.example'), tags: ['warehouse', 'receiving'] },
      { ...contact('Sofia', 'Berg', 'sofia.berg@borealis.example'), phone_1: '555-010-0107' },
      { ...contact('Onni', 'Salo', 'onni.salo@borealis.example') },
    ],
  },
  {
    name: 'Casa Verde',
    city: 'Valencia',
    country: 'ES',
    contacts: [
      {
        ...login('Lucía', 'Ferrer', 'lucia.ferrer@casaverde.example', 'orange blossom street'),
        is_primary: true,
        tags: ['sales'],
      },
      { ...contact('Mateo', 'Gil', 'mateo.gil@casaverde.example'), tags: ['purchasing'] },
      { ...contact('Carmen', 'Ruiz', 'carmen.ruiz@casaverde.example'), phone_1: '555-010-0111' },
      { ...contact('Hugo', 'Soler', 'hugo.soler@casaverde.example'), tags: ['receiving'] },
    ],
  },
];

function contact(first_name: string, last_name: string, email: string): DemoContact {
  return { first_name, last_name, email };
}

function login(first_name: string, last_name: string, email: string, password: string): DemoContact {
  return { ...contact(first_name, last_name, email), password };
}
