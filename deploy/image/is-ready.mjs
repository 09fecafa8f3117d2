// Ends with 0 where the app in this container can serve requests. The image's HEALTHCHECK.
const port = process.env.AUTH_PORT ?? process.env.GATEWAY_PORT ?? '3000';
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4_000) });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}
