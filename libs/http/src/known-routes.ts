import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  pattern: RegExp;
  methods: Set<string>;
}

/** Remembers which paths exist, so that a known path with another method is 405 with `Allow` and not 404. */
export class KnownRoutes {
  private readonly routes = new Map<string, KnownRoute>();

  /** @param basePath under which paths have to be tidy */
  constructor(
    fastify: FastifyInstance,
    private readonly basePath?: string,
  ) {
    fastify.addHook('onRoute', ({ url, method }) => {
      const route = this.routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
      for (const name of [method].flat()) route.methods.add(name);
      this.routes.set(url, route);
    });
  }

  /** Methods that the path takes, sorted; none where the path is unknown. A route without parameters has its path for itself. */
  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?', 1);
    const own = this.routes.get(path);
    const matching = own ? [own] : [...this.routes.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort();
  }

  /**
   * Whether a path of the base path has a doubled slash, or one at its end. Clients that resolve `..` make such paths of others:
   * `DELETE /companies/1/tags/..` would delete the company.
   */
  isUntidy(url: string): boolean {
    const [path = ''] = url.split('?', 1);
    return this.basePath !== undefined && path.startsWith(`${this.basePath}/`) && /\/\/|\/$/.test(path);
  }

  /** Whether the router would serve a path by the parameters of another route, as its own one has not this method. */
  isShadowed(url: string, method: string): boolean {
    const own = this.routes.get(url.split('?', 1)[0]!);
    return own !== undefined && !own.methods.has(method);
  }
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
