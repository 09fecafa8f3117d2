export const showLetters = () => undefined;
