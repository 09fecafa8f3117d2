import { styleText } from 'node:util';
import type { OutputStream } from './tool.js';

type Style = Parameters<typeof styleText>[0];

/** Styles text for a terminal that shows colours; other output stays plain. */
export type Paint = (style: Style, text: string) => string;

export const paintFor = (stream: OutputStream): Paint =>
  stream.isTTY && (stream.hasColors?.() ?? true)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
