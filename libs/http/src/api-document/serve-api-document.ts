import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { onSendHookHandler } from 'fastify';

const PATH = 'docs';
const OF_PAGE = /^\/docs(\/|$)/;
/** The page has inline styles, and its pictures in the styles; everything else is a file of the same origin. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const allowOwnFiles: onSendHookHandler = (_request, reply, _payload, done) => {
  void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  done();
};

/** An app's document, and the title of its page. */
interface ApiDocument {
  title: string;
  make: (app: NestFastifyApplication) => OpenAPIObject;
}

interface PageRequest {
  url: string;
  userFetch?: typeof fetch;
}

/**
 * Runs in the page, so it uses nothing of this file: the event stream has no end, and the page shows an answer at its end. It gets the
 * events of the first seconds.
 */
function endStreams(request: PageRequest): PageRequest {
  if (!/\/events\/stream(\?|$)/.test(request.url)) return request;
  request.userFetch = async (url, options) => {
    const answer = await fetch(url, options);
    const reader: ReadableStreamDefaultReader<Uint8Array> = answer.body!.getReader();
    const decoder = new TextDecoder();
    setTimeout(() => void reader.cancel(), 3_000);
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += decoder.decode(part.value, { stream: true });
    return new Response(text, { status: answer.status, headers: answer.headers });
  };
  return request;
}

/** Serves the document at `/openapi.json`, and at `/docs` as a page that loads nothing from other hosts. Registered before the routes. */
export function serveApiDocument(app: NestFastifyApplication, { title, make }: ApiDocument): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Only on the page's own routes: every request pays for a global hook.
  fastify.addHook('onRoute', (route) => {
    if (!OF_PAGE.test(route.url)) return;
    const others = [route.onSend ?? []].flat();
    route.onSend = [...others, allowOwnFiles];
  });
  // Made once, at the first request: it takes most of a second, and some 200 KB.
  let document: OpenAPIObject | undefined;
  let bytes: Buffer | undefined;
  const read = () => (document ??= make(app));
  fastify.get('/openapi.json', (_, reply) =>
    reply.type('application/json; charset=utf-8').send((bytes ??= Buffer.from(JSON.stringify(read())))),
  );
  // Whoever opens the port in a browser is led on.
  fastify.get('/', (_, reply) => reply.redirect('/docs'));
  // Browsers ask for it beside every answer that names no icon, such as JSON.
  fastify.get('/favicon.ico', (_, reply) => reply.redirect(`/${PATH}/favicon-32x32.png`));
  SwaggerModule.setup(PATH, app, read, {
    raw: false,
    customSiteTitle: title,
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerOptions: {
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      filter: true,
      persistAuthorization: true,
      validatorUrl: null,
      requestInterceptor: endStreams,
    },
  });
}
