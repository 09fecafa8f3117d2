import { button, say } from './dom.mjs';

/** Copies a text that is made at the click. */
export const copyButton = (what, textOf) =>
  button(`Copy as ${what}`, async () => {
    await navigator.clipboard.writeText(textOf());
    say(`Copied as ${what}.`);
  });
