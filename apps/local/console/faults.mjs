export const openFaults = () => undefined;
