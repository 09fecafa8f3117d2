/** The text without what a terminal takes for an order: a name or an email can hold anything. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, ' ');
