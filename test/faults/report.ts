import { correlationOf, sequenceOf, typeOf, type Evidence, type Violation } from './check/evidence.js';
import type { EpisodeResult } from './episode.js';
import type { Skipped } from './run.js';

const SHOWN_PER_FAULT = 8;

/** The table of a run, in Markdown. */
export function table(results: readonly (EpisodeResult | Skipped)[]): string {
  const head = ['#', 'fault', 'ok', 'fail', 'unknown', 'events checked', 'recovery s', 'violations', 'remarks'];
  const lines = results.map((result) => ('why' in result ? skippedLine(result) : line(result)));
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The result of a run for programs: `violations` are the unwanted ones. */
export const asJson = (seed: number, results: readonly (EpisodeResult | Skipped)[]): string =>
  JSON.stringify({ seed, faults: results.map(summaryOf) }, null, 2);

function summaryOf(result: EpisodeResult | Skipped) {
  const { number, name } = result.fault;
  if ('why' in result) return { fault: number, name, skipped: result.why };
  const { requests, events, recoveryMs } = result;
  return { fault: number, name, requests, events, recoveryMs, violations: defectsOf(result), remarks: remarksOf(result) };
}

function line(result: EpisodeResult): string[] {
  const { fault, requests, events, recoveryMs } = result;
  const recovery = recoveryMs === null ? 'never' : (recoveryMs / 1_000).toFixed(1);
  const { ok, fail, info } = requests;
  const violations = defectsOf(result).length;
  return [fault.number, fault.name, ok, fail, info, events, recovery, violations, remarksOf(result).join('; ')].map(String);
}

function remarksOf(result: EpisodeResult): string[] {
  const { fault, violations, notes } = result;
  const wanted = violations.length - defectsOf(result).length;
  const expected = wanted === 0 ? [] : [`${wanted} of ${fault.wanted?.join(', ')}, as it has to be`];
  return [...expected, ...notes, ...(fault.approximation ? [fault.approximation] : [])];
}

const skippedLine = ({ fault, why }: Skipped): string[] => [
  String(fault.number),
  fault.name,
  '',
  '',
  '',
  '',
  '',
  '',
  `skipped: ${why}`,
];

/** Unwanted violations. */
export const defectsOf = ({ fault, violations }: EpisodeResult): Violation[] =>
  violations.filter(({ invariant }) => !fault.wanted?.includes(invariant));

/** The violations, each with the history of its contact. */
export function histories(seed: number, results: readonly EpisodeResult[]): string {
  return results
    .flatMap((result) => {
      const defects = defectsOf(result);
      if (defects.length === 0) return [];
      const { fault, evidence } = result;
      const contacts = [...new Set(defects.slice(0, SHOWN_PER_FAULT).flatMap(({ contactId }) => contactId ?? []))];
      return [
        `\nFault ${fault.number}, seed ${seed}: npm run faults -- --fault ${fault.number} --seed ${seed}`,
        ...defects
          .slice(0, SHOWN_PER_FAULT)
          .map((each) => `  ${each.invariant}  contact ${each.contactId ?? '-'}: ${each.message}`),
        ...(defects.length > SHOWN_PER_FAULT ? [`  … and ${defects.length - SHOWN_PER_FAULT} more`] : []),
        ...contacts.slice(0, 2).map((contactId) => historyOf(contactId, evidence)),
      ];
    })
    .join('\n');
}

/** All requests, events and rows of a contact, without a password. */
function historyOf(contactId: number, { operations, topics, gateway, auth }: Evidence): string {
  const key = String(contactId);
  const requests = operations
    .filter((operation) => operation.contactId === contactId)
    .flatMap(({ kind, body, key: named, attempts, contact, loginVersion }) =>
      attempts.map(({ at, gateway: to, ms, status, outcome, reason, replayed, requestId }) => ({
        at,
        text: `${new Date(at).toISOString()} ${kind} ${shown(body)} → ${to} ${status ?? '-'} ${reason ?? ''} ${outcome}${named ? ' keyed' : ''}${replayed ? ' replayed' : ''} ${Math.round(ms)} ms, version ${contact?.version ?? '-'}, login ${loginVersion ?? '-'}, ${requestId}`,
      })),
    );
  const records = [...topics.contacts, ...topics.logins]
    .filter((record) => record.key === key)
    .map((record) => ({
      at: Date.parse(record.headers['ce_time'] ?? '') || 0,
      text: `${record.headers['ce_time']} ${record.partition}/${record.offset} ${record.value === null ? 'tombstone' : typeOf(record)} ${sequenceOf(record)} of ${correlationOf(record)}`,
    }));
  const rows = [
    ...gateway.contacts.filter(({ id }) => id === contactId),
    ...gateway.logins.filter((login) => login.contactId === contactId),
    ...auth.logins.filter((login) => login.contactId === contactId),
  ].map((row) => JSON.stringify({ ...row, credential: undefined }));
  const lines = [...requests, ...records].sort((a, b) => a.at - b.at).map(({ text }) => text);
  return [`  Contact ${contactId}`, ...lines, ...rows].join('\n    ');
}

const shown = (body: Readonly<Record<string, unknown>> | undefined): string =>
  JSON.stringify({ ...body, ...(body?.['password'] === undefined ? {} : { password: '…' }) });
