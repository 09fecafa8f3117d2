import type { FastifyInstance, FastifyRequest } from 'fastify';
import { methodNotAllowed, routeNotFound, untidyPath, type ApiError } from './api-error.js';
import { routedPath } from './path-of.js';

interface KnownRoute {
  pattern: RegExp;
  methods: Set<string>;
}

interface OwnRoute extends Pick<KnownRoute, 'methods'> {
  path: string;
}

/** Remembers which paths exist, so that a known path with another method is answered 405 with `Allow`, not 404. */
export class KnownRoutes {
  private readonly routes = new Map<string, KnownRoute>();
  /** By the matched route, since all routes are known when the first request comes: looking up each request's own path was 0.9 % of the gateway's CPU. */
  private readonly shadows = new Map<string, readonly OwnRoute[]>();

  /** Paths that begin with it must be tidy. */
  private readonly tidyPrefix: string | undefined;

  /** @param basePath below it, paths must be tidy */
  constructor(fastify: FastifyInstance, basePath?: string) {
    this.tidyPrefix = basePath && `${basePath}/`;
    fastify.addHook('onRoute', ({ url, method }) => {
      const route = this.routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
      for (const name of [method].flat()) route.methods.add(name);
      this.routes.set(url, route);
    });
  }

  /** Sorted methods of a path; empty where the path is unknown. A route without parameters owns its path. */
  methodsOf(url: string): string[] {
    const path = routedPath(url);
    const own = this.routes.get(path);
    const matching = own ? [own] : [...this.routes.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort();
  }

  /**
   * Whether a path below the base path has a doubled or a trailing slash. Clients that resolve `..` produce such paths:
   * `DELETE /companies/1/tags/..` would delete the company. No escape becomes a slash.
   */
  isUntidy(url: string): boolean {
    const path = routedPath(url);
    if (this.tidyPrefix === undefined || !path.startsWith(this.tidyPrefix)) return false;
    return path.endsWith('/') || path.includes('//');
  }

  /** Why no route serves a request: its path is untidy or unknown, or has other methods. Undefined where one does. */
  errorFor(request: FastifyRequest): ApiError | undefined {
    const { url, method } = request;
    if (this.isUntidy(url)) return untidyPath(request);
    const pattern = request.routeOptions.url;
    if (pattern !== undefined && !this.isShadowed(pattern, url, method)) return undefined;
    const allowed = this.methodsOf(url);
    // A route of files has the method, and not the file.
    return allowed.length === 0 || allowed.includes(method) ? routeNotFound(request) : methodNotAllowed(request, allowed);
  }

  /** Whether the router has matched a path to the parameters of a route, because the path's own route lacks this method. */
  private isShadowed(pattern: string, url: string, method: string): boolean {
    const path = routedPath(url);
    return this.ownRoutesUnder(pattern).some((own) => own.path === path && !own.methods.has(method));
  }

  /** Routes without parameters whose paths the pattern of another one matches. */
  private ownRoutesUnder(pattern: string): readonly OwnRoute[] {
    let own = this.shadows.get(pattern);
    if (!own) {
      const { pattern: expression } = this.routes.get(pattern)!;
      own = [...this.routes]
        .filter(([path]) => path !== pattern && expression.test(path))
        .map(([path, { methods }]) => ({ path, methods }));
      this.shadows.set(pattern, own);
    }
    return own;
  }
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`, 's');
}
