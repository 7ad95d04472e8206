# Any image with Node 20.19 or newer will do.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/setup.mjs --no-nats && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scenarios scenarios
COPY examples examples
COPY deploy/container deploy/container
# A new volume takes over owner and mode of the folder that it covers.
RUN mkdir runs keys && chown node:node runs keys && chmod 700 keys
USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "deploy/container/health.mjs"]
ENTRYPOINT ["node", "deploy/container/entry.mjs"]
CMD ["--help"]
