/** The form in which texts are compared without case: NFC, lower case, and NFC again, since lower case can undo it. Idempotent. */
export const foldCase = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');
