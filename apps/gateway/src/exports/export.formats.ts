import { withoutQuotedSeparators } from '#app/http';
import { stringify } from 'csv-stringify/sync';

/** How rows are written. */
export interface ExportFormat<Row> {
  contentType: string;
  /** Text before the first row. */
  head: string;
  rows: (rows: readonly Row[]) => string;
  /** Text after the last row: without it the stream was cut. */
  end: (count: number) => string;
}

/** The columns of a table for people: name and value. */
export type CsvColumns<Row> = readonly (readonly [name: string, read: (row: Row) => CsvValue])[];

type CsvValue = string | number | boolean | null | undefined;

/** One JSON object per line, and a last line with their number. */
export const ndjson = <Row>(): ExportFormat<Row> => ({
  contentType: 'application/x-ndjson',
  head: '',
  rows: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  end: (count) => `${JSON.stringify({ end: { count } })}\n`,
});

/** RFC 4180, with a header row and no end line. */
export const csv = <Row>(columns: CsvColumns<Row>): ExportFormat<Row> => ({
  contentType: 'text/csv; charset=utf-8; header=present',
  head: table([columns.map(([name]) => name)]),
  rows: (rows) => table(rows.map((row) => columns.map(([, read]) => cell(read(row))))),
  end: () => '',
});

const table = (rows: readonly string[][]): string => stringify([...rows], { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });

/** Spreadsheets read a text with this beginning as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  return FORMULA.test(value) ? `'${value}` : value;
}

/** Whether an `Accept` header prefers CSV to NDJSON. */
export function prefersCsv(accept: string | undefined): boolean {
  const csvQuality = qualityOf(accept, 'text/csv');
  return csvQuality > 0 && csvQuality > qualityOf(accept, 'application/x-ndjson');
}

function qualityOf(accept = '', mediaType: string): number {
  const range = withoutQuotedSeparators(accept)
    .split(',')
    .find((each) => each.split(';')[0]!.trim().toLowerCase() === mediaType);
  if (range === undefined) return 0;
  const quality = Number(/;\s*q=([\d.]+)/i.exec(range)?.[1] ?? 1);
  return Number.isNaN(quality) ? 0 : quality;
}
