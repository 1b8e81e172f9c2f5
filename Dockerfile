# The hub. Everything it needs besides is PostgreSQL and, for more than one process, RabbitMQ: docker-compose.yml.
FROM node:24-slim
WORKDIR /nave
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY . .
RUN mkdir data && chown node:node data flows
USER node
VOLUME /nave/data
ENTRYPOINT ["node", "bin/nave"]
CMD ["start"]
