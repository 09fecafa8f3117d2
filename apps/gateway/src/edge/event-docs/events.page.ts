import type { AsyncApiDocument } from '#app/contracts';
import { html, Html, prose } from './html.js';
import { schemaRows, type Schema } from './schema-rows.js';
import { STYLE } from './events.style.js';

interface Reference {
  $ref: string;
}
interface Message {
  name: string;
  title: string;
  summary: string;
  headers?: Schema;
  traits?: Reference[];
  payload: Schema;
  examples?: { headers: object; payload: unknown }[];
}
interface Channel {
  address: string;
  title: string;
  description: string;
  messages: Record<string, Reference>;
  bindings: { kafka: { partitions: number; topicConfiguration: Record<string, unknown> } };
}

/** The AsyncAPI document as one page without scripts, fonts or other files. */
export function eventsPage(document: AsyncApiDocument): string {
  const channels = Object.values(document['channels'] as Record<string, Channel>);
  const { title, version, description } = document.info;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <nav>${channels.map((channel) => navigation(channel))}</nav>
        <main>
          <h1>${title} <small>${version}</small></h1>
          <p class="text">${prose(description)}</p>
          <p>
            <a href="asyncapi.json">asyncapi.json</a> is the same for programs, <a href="docs">docs</a> is the page of the API.
          </p>
          ${channels.map((channel) => channelSection(document, channel))}
        </main>
      </body>
    </html>`.text;
}

const navigation = ({ address, title, messages }: Channel): Html =>
  html`<a href="#${address}"><b>${title}</b></a> ${Object.keys(messages).map((name) => html`<a href="#${name}">${name}</a>`)}`;

function channelSection(document: AsyncApiDocument, { address, title, description, messages, bindings }: Channel): Html {
  const { partitions, topicConfiguration } = bindings.kafka;
  const settings = Object.entries({ partitions, ...topicConfiguration });
  return html`<section id="${address}">
    <h2>${title}</h2>
    <p><code>${address}</code></p>
    <p><code>kcat -b HOST:PORT -C -t ${address} -f '%k %h %s '</code></p>
    <p>${prose(description)}</p>
    <p class="settings">${settings.map(([key, value]) => html`<code>${key} ${String(value)}</code> `)}</p>
    ${Object.entries(messages).map(([id, reference]) => messageSection(document, id, resolve<Message>(document, reference)))}
  </section>`;
}

function messageSection(document: AsyncApiDocument, id: string, message: Message): Html {
  const traits = (message.traits ?? []).map((trait) => resolve<{ headers: Reference }>(document, trait).headers);
  const headers = [...traits, ...(message.headers ? [message.headers] : [])].flatMap((part) => schemaRows(whole(document, part)));
  const data = schemaRows(whole(document, message.payload));
  return html`<article id="${id}">
    <h3>${message.title} <code>${message.name}</code></h3>
    <p>${prose(message.summary)}</p>
    ${data.length > 0 ? table('Data', data) : ''}
    <details>
      <summary>Headers</summary>
      ${table('Header', headers)}
    </details>
    ${(message.examples ?? []).map(
      (example) =>
        html`<details>
          <summary>Example</summary>
          <pre>${JSON.stringify(example, null, 2)}</pre>
        </details>`,
    )}
  </article>`;
}

const table = (name: string, rows: ReturnType<typeof schemaRows>): Html =>
  html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th>${name}</th>
          <th>Type</th>
          <th>Meaning</th>
          <th>Example</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ path, type, required, description, example }) =>
            html`<tr>
              <td><code>${path}</code>${required ? '' : html` <i>optional</i>`}</td>
              <td>${type}</td>
              <td>${prose(description)}</td>
              <td><code>${example}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

const whole = (document: AsyncApiDocument, part: Schema): Schema =>
  part.$ref ? resolve<Schema>(document, { $ref: part.$ref }) : part;

const resolve = <T>(document: AsyncApiDocument, { $ref }: Reference): T =>
  $ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document) as T;
