# framewitness in a container. Build it at the top of the checkout: docker build -t framewitness .
FROM node:20.19.5-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No script of a dependency runs: none of them is needed, and "prepare" would build before the sources are there.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
# What only serves to build and to test goes, and what serves other systems than this one.
RUN npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

FROM node:20.19.5-bookworm-slim
ENV NODE_ENV=production NO_COLOR=1
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json topology.yaml LICENSE NOTICE ./
COPY bin ./bin
COPY weights ./weights
COPY schemas ./schemas
COPY examples/sample ./examples/sample
COPY docker/topology.yaml docker/demonstration-feed.sh ./docker/
# The user "node", by number: whoever runs the image can see that it is not root.
USER 1000:1000
# Of `framewitness run`: what does not serve it (topics, ingest) turns this off.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/framewitness.js"]
CMD ["--help"]
