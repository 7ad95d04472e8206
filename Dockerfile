# Node 20.19 or newer, and the Debian that its binary was made for.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/setup.mjs --no-nats && npm prune --omit=dev --ignore-scripts \
 && find node_modules -type d -empty -delete

# Of Node's image the binary alone: no npm, no other tool that can fetch or build code.
FROM ${BASE_IMAGE}
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --no-create-home node
COPY --from=build /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scenarios scenarios
COPY examples examples
COPY deploy/container deploy/container
# A new volume takes over owner and mode of the folder that it covers.
RUN mkdir -m 700 keys \
 && cd keys && mkdir -m 700 nats conductor operator hypervisor guest monitor && cd .. \
 && mkdir runs && chown -R node:node runs keys
USER node
STOPSIGNAL SIGTERM
# Each check is a process: fifty containers that are asked often would take a core.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["node", "deploy/container/health.mjs"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["--help"]
