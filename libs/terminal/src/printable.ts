/** Replaces control characters by blanks: a name or an email can contain commands for the terminal. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, ' ');
