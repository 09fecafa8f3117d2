import { styleText } from 'node:util';
import type { OutputStream } from './tool.js';

type Style = Parameters<typeof styleText>[0];

/** Dresses text for a terminal; for all else it stays bare. */
export type Paint = (style: Style, text: string) => string;

export const paintFor = (stream: OutputStream): Paint =>
  stream.isTTY ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
