import { httpUrl } from './parsers.js';
import type { SettingsReader } from './settings-reader.js';

/** Where spans are sent, and how many. */
export interface TracingSettings {
  /** Base URL of a collector that takes OTLP over HTTP. */
  endpoint: string;
  /** Share of the traces that begin here, from 0 to 1. */
  share: number;
}

/** Reads OpenTelemetry's own settings; undefined without an endpoint. */
export function readTracing(settings: SettingsReader): TracingSettings | undefined {
  const endpoint = settings.read<string | null>('OTEL_EXPORTER_OTLP_ENDPOINT', null, httpUrl);
  const share = settings.read('OTEL_TRACES_SAMPLER_ARG', 1, shareOfOne);
  return endpoint === null ? undefined : { endpoint, share };
}

function shareOfOne(text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1)) throw new Error('must be a number from 0 to 1');
  return share;
}
