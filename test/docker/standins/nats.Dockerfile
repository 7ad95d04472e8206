# As the published image: the server and nothing else.
FROM scratch
COPY root/ /
EXPOSE 4222 6222 8222
ENTRYPOINT ["/nats-server"]
CMD ["--config", "nats-server.conf"]
