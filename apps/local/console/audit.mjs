export const showAudit = () => undefined;
