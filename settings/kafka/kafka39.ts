/**
 * Every documented setting of a broker and of a topic of Kafka 3.9: kind, name, type, what it takes, default. Written
 * from Kafka's jars (KafkaSettings.java) by `UPDATE_SNAPSHOTS=1 npx mocha test/unit/settings/kafkaSettings.test.ts`.
 */
export const kafka39 = `
broker advertised.listeners STRING
broker alter.config.policy.class.name CLASS
broker alter.config.policy.kraft.compatibility.enable BOOLEAN - false
broker alter.log.dirs.replication.quota.window.num INT [1,...] 11
broker alter.log.dirs.replication.quota.window.size.seconds INT [1,...] 1
broker authorizer.class.name STRING
broker auto.create.topics.enable BOOLEAN - true
broker auto.include.jmx.reporter BOOLEAN - true
broker auto.leader.rebalance.enable BOOLEAN - true
broker background.threads INT [1,...] 10
broker broker.heartbeat.interval.ms INT - 2000
broker broker.id INT - -1
broker broker.id.generation.enable BOOLEAN - true
broker broker.rack STRING
broker broker.session.timeout.ms INT - 9000
broker client.quota.callback.class CLASS
broker compression.gzip.level INT [1,...,9]_or_-1 -1
broker compression.lz4.level INT [1,...,17] 9
broker compression.type STRING [uncompressed|zstd|lz4|snappy|gzip|producer] producer
broker compression.zstd.level INT [-131072,...,22] 3
broker connection.failed.authentication.delay.ms INT [0,...] 100
broker connections.max.idle.ms LONG - 600000
broker connections.max.reauth.ms LONG - 0
broker control.plane.listener.name STRING
broker controlled.shutdown.enable BOOLEAN - true
broker controlled.shutdown.max.retries INT - 3
broker controlled.shutdown.retry.backoff.ms LONG - 5000
broker controller.listener.names STRING
broker controller.quorum.append.linger.ms INT - 25
broker controller.quorum.bootstrap.servers LIST
broker controller.quorum.election.backoff.max.ms INT - 1000
broker controller.quorum.election.timeout.ms INT - 1000
broker controller.quorum.fetch.timeout.ms INT - 2000
broker controller.quorum.request.timeout.ms INT - 2000
broker controller.quorum.retry.backoff.ms INT - 20
broker controller.quorum.voters LIST
broker controller.quota.window.num INT [1,...] 11
broker controller.quota.window.size.seconds INT [1,...] 1
broker controller.socket.timeout.ms INT - 30000
broker create.topic.policy.class.name CLASS
broker default.replication.factor INT - 1
broker delegation.token.expiry.check.interval.ms LONG [1,...] 3600000
broker delegation.token.expiry.time.ms LONG [1,...] 86400000
broker delegation.token.master.key PASSWORD
broker delegation.token.max.lifetime.ms LONG [1,...] 604800000
broker delegation.token.secret.key PASSWORD
broker delete.records.purgatory.purge.interval.requests INT - 1
broker delete.topic.enable BOOLEAN - true
broker early.start.listeners STRING
broker eligible.leader.replicas.enable BOOLEAN - false
broker fetch.max.bytes INT [1024,...] 57671680
broker fetch.purgatory.purge.interval.requests INT - 1000
broker group.consumer.assignors LIST
broker group.consumer.heartbeat.interval.ms INT [1,...] 5000
broker group.consumer.max.heartbeat.interval.ms INT [1,...] 15000
broker group.consumer.max.session.timeout.ms INT [1,...] 60000
broker group.consumer.max.size INT [1,...] 2147483647
broker group.consumer.min.heartbeat.interval.ms INT [1,...] 5000
broker group.consumer.min.session.timeout.ms INT [1,...] 45000
broker group.consumer.session.timeout.ms INT [1,...] 45000
broker group.coordinator.append.linger.ms INT [0,...] 10
broker group.coordinator.rebalance.protocols LIST [consumer|classic|share|unknown]
broker group.coordinator.threads INT [1,...] 1
broker group.initial.rebalance.delay.ms INT - 3000
broker group.max.session.timeout.ms INT - 1800000
broker group.max.size INT [1,...] 2147483647
broker group.min.session.timeout.ms INT - 6000
broker group.share.delivery.count.limit INT [2,...,10] 5
broker group.share.heartbeat.interval.ms INT [1,...] 5000
broker group.share.max.groups SHORT [1,...,100] 10
broker group.share.max.heartbeat.interval.ms INT [1,...] 15000
broker group.share.max.record.lock.duration.ms INT [30000,...,3600000] 60000
broker group.share.max.session.timeout.ms INT [1,...] 60000
broker group.share.max.size SHORT [10,...,1000] 200
broker group.share.min.heartbeat.interval.ms INT [1,...] 5000
broker group.share.min.record.lock.duration.ms INT [1000,...,30000] 15000
broker group.share.min.session.timeout.ms INT [1,...] 45000
broker group.share.partition.max.record.locks INT [100,...,10000] 200
broker group.share.record.lock.duration.ms INT [1000,...,60000] 30000
broker group.share.session.timeout.ms INT [1,...] 45000
broker initial.broker.registration.timeout.ms INT - 60000
broker inter.broker.listener.name STRING
broker inter.broker.protocol.version STRING - 3.9-IV0
broker kafka.metrics.polling.interval.secs INT [1,...] 10
broker kafka.metrics.reporters LIST
broker leader.imbalance.check.interval.seconds LONG [1,...] 300
broker leader.imbalance.per.broker.percentage INT - 10
broker listener.security.protocol.map STRING
broker listeners STRING
broker log.cleaner.backoff.ms LONG [0,...] 15000
broker log.cleaner.dedupe.buffer.size LONG - 134217728
broker log.cleaner.delete.retention.ms LONG [0,...] 86400000
broker log.cleaner.enable BOOLEAN - true
broker log.cleaner.io.buffer.load.factor DOUBLE - 0.9
broker log.cleaner.io.buffer.size INT [0,...] 524288
broker log.cleaner.io.max.bytes.per.second DOUBLE - 1.7976931348623157E308
broker log.cleaner.max.compaction.lag.ms LONG [1,...] 9223372036854775807
broker log.cleaner.min.cleanable.ratio DOUBLE [0,...,1] 0.5
broker log.cleaner.min.compaction.lag.ms LONG [0,...] 0
broker log.cleaner.threads INT [0,...] 1
broker log.cleanup.policy LIST [compact|delete]
broker log.dir STRING
broker log.dir.failure.timeout.ms LONG [1,...] 30000
broker log.dirs STRING
broker log.flush.interval.messages LONG [1,...] 9223372036854775807
broker log.flush.interval.ms LONG
broker log.flush.offset.checkpoint.interval.ms INT [0,...] 60000
broker log.flush.scheduler.interval.ms LONG - 9223372036854775807
broker log.flush.start.offset.checkpoint.interval.ms INT [0,...] 60000
broker log.index.interval.bytes INT [0,...] 4096
broker log.index.size.max.bytes INT [4,...] 10485760
broker log.local.retention.bytes LONG [-2,...] -2
broker log.local.retention.ms LONG [-2,...] -2
broker log.message.downconversion.enable BOOLEAN - true
broker log.message.format.version STRING - 3.0-IV1
broker log.message.timestamp.after.max.ms LONG [0,...] 9223372036854775807
broker log.message.timestamp.before.max.ms LONG [0,...] 9223372036854775807
broker log.message.timestamp.difference.max.ms LONG [0,...] 9223372036854775807
broker log.message.timestamp.type STRING [CreateTime|LogAppendTime] CreateTime
broker log.preallocate BOOLEAN - false
broker log.retention.bytes LONG - -1
broker log.retention.check.interval.ms LONG [1,...] 300000
broker log.retention.hours INT - 168
broker log.retention.minutes INT
broker log.retention.ms LONG
broker log.roll.hours INT [1,...] 168
broker log.roll.jitter.hours INT [0,...] 0
broker log.roll.jitter.ms LONG
broker log.roll.ms LONG
broker log.segment.bytes INT [14,...] 1073741824
broker log.segment.delete.delay.ms LONG [0,...] 60000
broker max.connection.creation.rate INT [0,...] 2147483647
broker max.connections INT [0,...] 2147483647
broker max.connections.per.ip INT [0,...] 2147483647
broker max.connections.per.ip.overrides STRING
broker max.incremental.fetch.session.cache.slots INT [0,...] 1000
broker max.request.partition.size.limit INT [1,...] 2000
broker message.max.bytes INT [0,...] 1048588
broker metadata.log.dir STRING
broker metadata.log.max.record.bytes.between.snapshots LONG [1,...] 20971520
broker metadata.log.max.snapshot.interval.ms LONG [0,...] 3600000
broker metadata.log.segment.bytes INT [12,...] 1073741824
broker metadata.log.segment.ms LONG - 604800000
broker metadata.max.idle.interval.ms INT [0,...] 500
broker metadata.max.retention.bytes LONG - 104857600
broker metadata.max.retention.ms LONG - 604800000
broker metric.reporters LIST
broker metrics.num.samples INT [1,...] 2
broker metrics.recording.level STRING - INFO
broker metrics.sample.window.ms LONG [1,...] 30000
broker min.insync.replicas INT [1,...] 1
broker node.id INT - -1
broker num.io.threads INT [1,...] 8
broker num.network.threads INT [1,...] 3
broker num.partitions INT [1,...] 1
broker num.recovery.threads.per.data.dir INT [1,...] 1
broker num.replica.alter.log.dirs.threads INT
broker num.replica.fetchers INT - 1
broker offset.metadata.max.bytes INT - 4096
broker offsets.commit.required.acks SHORT - -1
broker offsets.commit.timeout.ms INT [1,...] 5000
broker offsets.load.buffer.size INT [1,...] 5242880
broker offsets.retention.check.interval.ms LONG [1,...] 600000
broker offsets.retention.minutes INT [1,...] 10080
broker offsets.topic.compression.codec INT - 0
broker offsets.topic.num.partitions INT [1,...] 50
broker offsets.topic.replication.factor SHORT [1,...] 3
broker offsets.topic.segment.bytes INT [1,...] 104857600
broker password.encoder.cipher.algorithm STRING
broker password.encoder.iterations INT [1024,...] 4096
broker password.encoder.key.length INT [8,...] 128
broker password.encoder.keyfactory.algorithm STRING
broker password.encoder.old.secret PASSWORD
broker password.encoder.secret PASSWORD
broker principal.builder.class CLASS
broker process.roles LIST [broker|controller]
broker producer.id.expiration.ms INT [1,...] 86400000
broker producer.purgatory.purge.interval.requests INT - 1000
broker queued.max.request.bytes LONG - -1
broker queued.max.requests INT [1,...] 500
broker quota.window.num INT [1,...] 11
broker quota.window.size.seconds INT [1,...] 1
broker remote.fetch.max.wait.ms INT [1,...] 500
broker remote.log.index.file.cache.total.size.bytes LONG [1,...] 1073741824
broker remote.log.manager.copier.thread.pool.size INT - -1
broker remote.log.manager.copy.max.bytes.per.second LONG [1,...] 9223372036854775807
broker remote.log.manager.copy.quota.window.num INT [1,...] 11
broker remote.log.manager.copy.quota.window.size.seconds INT [1,...] 1
broker remote.log.manager.expiration.thread.pool.size INT - -1
broker remote.log.manager.fetch.max.bytes.per.second LONG [1,...] 9223372036854775807
broker remote.log.manager.fetch.quota.window.num INT [1,...] 11
broker remote.log.manager.fetch.quota.window.size.seconds INT [1,...] 1
broker remote.log.manager.task.interval.ms LONG [1,...] 30000
broker remote.log.manager.thread.pool.size INT [1,...] 10
broker remote.log.metadata.custom.metadata.max.bytes INT [0,...] 128
broker remote.log.metadata.manager.class.name STRING - org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager
broker remote.log.metadata.manager.class.path STRING
broker remote.log.metadata.manager.impl.prefix STRING - rlmm.config.
broker remote.log.metadata.manager.listener.name STRING
broker remote.log.reader.max.pending.tasks INT [1,...] 100
broker remote.log.reader.threads INT [1,...] 10
broker remote.log.storage.manager.class.name STRING
broker remote.log.storage.manager.class.path STRING
broker remote.log.storage.manager.impl.prefix STRING - rsm.config.
broker remote.log.storage.system.enable BOOLEAN - false
broker replica.fetch.backoff.ms INT [0,...] 1000
broker replica.fetch.max.bytes INT [0,...] 1048576
broker replica.fetch.min.bytes INT - 1
broker replica.fetch.response.max.bytes INT [0,...] 10485760
broker replica.fetch.wait.max.ms INT - 500
broker replica.high.watermark.checkpoint.interval.ms LONG - 5000
broker replica.lag.time.max.ms LONG - 30000
broker replica.selector.class STRING
broker replica.socket.receive.buffer.bytes INT - 65536
broker replica.socket.timeout.ms INT - 30000
broker replication.quota.window.num INT [1,...] 11
broker replication.quota.window.size.seconds INT [1,...] 1
broker request.timeout.ms INT - 30000
broker reserved.broker.max.id INT [0,...] 1000
broker sasl.client.callback.handler.class CLASS
broker sasl.enabled.mechanisms LIST
broker sasl.jaas.config PASSWORD
broker sasl.kerberos.kinit.cmd STRING
broker sasl.kerberos.min.time.before.relogin LONG - 60000
broker sasl.kerberos.principal.to.local.rules LIST
broker sasl.kerberos.service.name STRING
broker sasl.kerberos.ticket.renew.jitter DOUBLE - 0.05
broker sasl.kerberos.ticket.renew.window.factor DOUBLE - 0.8
broker sasl.login.callback.handler.class CLASS
broker sasl.login.class CLASS
broker sasl.login.connect.timeout.ms INT
broker sasl.login.read.timeout.ms INT
broker sasl.login.refresh.buffer.seconds SHORT - 300
broker sasl.login.refresh.min.period.seconds SHORT - 60
broker sasl.login.refresh.window.factor DOUBLE - 0.8
broker sasl.login.refresh.window.jitter DOUBLE - 0.05
broker sasl.login.retry.backoff.max.ms LONG - 10000
broker sasl.login.retry.backoff.ms LONG - 100
broker sasl.mechanism.controller.protocol STRING - GSSAPI
broker sasl.mechanism.inter.broker.protocol STRING - GSSAPI
broker sasl.oauthbearer.clock.skew.seconds INT - 30
broker sasl.oauthbearer.expected.audience LIST
broker sasl.oauthbearer.expected.issuer STRING
broker sasl.oauthbearer.jwks.endpoint.refresh.ms LONG - 3600000
broker sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms LONG - 10000
broker sasl.oauthbearer.jwks.endpoint.retry.backoff.ms LONG - 100
broker sasl.oauthbearer.jwks.endpoint.url STRING
broker sasl.oauthbearer.scope.claim.name STRING - scope
broker sasl.oauthbearer.sub.claim.name STRING - sub
broker sasl.oauthbearer.token.endpoint.url STRING
broker sasl.server.callback.handler.class CLASS
broker sasl.server.max.receive.size INT - 524288
broker security.inter.broker.protocol STRING [PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL] PLAINTEXT
broker security.providers STRING
broker socket.connection.setup.timeout.max.ms LONG - 30000
broker socket.connection.setup.timeout.ms LONG - 10000
broker socket.listen.backlog.size INT [1,...] 50
broker socket.receive.buffer.bytes INT - 102400
broker socket.request.max.bytes INT [1,...] 104857600
broker socket.send.buffer.bytes INT - 102400
broker ssl.allow.dn.changes BOOLEAN - false
broker ssl.allow.san.changes BOOLEAN - false
broker ssl.cipher.suites LIST
broker ssl.client.auth STRING [required|requested|none] none
broker ssl.enabled.protocols LIST
broker ssl.endpoint.identification.algorithm STRING - https
broker ssl.engine.factory.class CLASS
broker ssl.key.password PASSWORD
broker ssl.keymanager.algorithm STRING - SunX509
broker ssl.keystore.certificate.chain PASSWORD
broker ssl.keystore.key PASSWORD
broker ssl.keystore.location STRING
broker ssl.keystore.password PASSWORD
broker ssl.keystore.type STRING - JKS
broker ssl.principal.mapping.rules STRING - DEFAULT
broker ssl.protocol STRING - TLSv1.3
broker ssl.provider STRING
broker ssl.secure.random.implementation STRING
broker ssl.trustmanager.algorithm STRING - PKIX
broker ssl.truststore.certificates PASSWORD
broker ssl.truststore.location STRING
broker ssl.truststore.password PASSWORD
broker ssl.truststore.type STRING - JKS
broker telemetry.max.bytes INT [1,...] 1048576
broker transaction.abort.timed.out.transaction.cleanup.interval.ms INT [1,...] 10000
broker transaction.max.timeout.ms INT [1,...] 900000
broker transaction.partition.verification.enable BOOLEAN - true
broker transaction.remove.expired.transaction.cleanup.interval.ms INT [1,...] 3600000
broker transaction.state.log.load.buffer.size INT [1,...] 5242880
broker transaction.state.log.min.isr INT [1,...] 2
broker transaction.state.log.num.partitions INT [1,...] 50
broker transaction.state.log.replication.factor SHORT [1,...] 3
broker transaction.state.log.segment.bytes INT [1,...] 104857600
broker transactional.id.expiration.ms INT [1,...] 604800000
broker unclean.leader.election.enable BOOLEAN - false
broker zookeeper.clientCnxnSocket STRING
broker zookeeper.connect STRING
broker zookeeper.connection.timeout.ms INT
broker zookeeper.max.in.flight.requests INT [1,...] 10
broker zookeeper.metadata.migration.enable BOOLEAN - false
broker zookeeper.session.timeout.ms INT - 18000
broker zookeeper.set.acl BOOLEAN - false
broker zookeeper.ssl.cipher.suites LIST
broker zookeeper.ssl.client.enable BOOLEAN - false
broker zookeeper.ssl.crl.enable BOOLEAN - false
broker zookeeper.ssl.enabled.protocols LIST
broker zookeeper.ssl.endpoint.identification.algorithm STRING - HTTPS
broker zookeeper.ssl.keystore.location STRING
broker zookeeper.ssl.keystore.password PASSWORD
broker zookeeper.ssl.keystore.type STRING
broker zookeeper.ssl.ocsp.enable BOOLEAN - false
broker zookeeper.ssl.protocol STRING - TLSv1.2
broker zookeeper.ssl.truststore.location STRING
broker zookeeper.ssl.truststore.password PASSWORD
broker zookeeper.ssl.truststore.type STRING
topic cleanup.policy LIST [compact|delete]
topic compression.gzip.level INT [1,...,9]_or_-1 -1
topic compression.lz4.level INT [1,...,17] 9
topic compression.type STRING [uncompressed|zstd|lz4|snappy|gzip|producer] producer
topic compression.zstd.level INT [-131072,...,22] 3
topic delete.retention.ms LONG [0,...] 86400000
topic file.delete.delay.ms LONG [0,...] 60000
topic flush.messages LONG [1,...] 9223372036854775807
topic flush.ms LONG [0,...] 9223372036854775807
topic follower.replication.throttled.replicas LIST
topic index.interval.bytes INT [0,...] 4096
topic leader.replication.throttled.replicas LIST
topic local.retention.bytes LONG [-2,...] -2
topic local.retention.ms LONG [-2,...] -2
topic max.compaction.lag.ms LONG [1,...] 9223372036854775807
topic max.message.bytes INT [0,...] 1048588
topic message.downconversion.enable BOOLEAN - true
topic message.format.version STRING - 3.0-IV1
topic message.timestamp.after.max.ms LONG [0,...] 9223372036854775807
topic message.timestamp.before.max.ms LONG [0,...] 9223372036854775807
topic message.timestamp.difference.max.ms LONG [0,...] 9223372036854775807
topic message.timestamp.type STRING [CreateTime|LogAppendTime] CreateTime
topic min.cleanable.dirty.ratio DOUBLE [0,...,1] 0.5
topic min.compaction.lag.ms LONG [0,...] 0
topic min.insync.replicas INT [1,...] 1
topic preallocate BOOLEAN - false
topic remote.log.copy.disable BOOLEAN - false
topic remote.log.delete.on.disable BOOLEAN - false
topic remote.storage.enable BOOLEAN - false
topic retention.bytes LONG - -1
topic retention.ms LONG [-1,...] 604800000
topic segment.bytes INT [14,...] 1073741824
topic segment.index.bytes INT [4,...] 10485760
topic segment.jitter.ms LONG [0,...] 0
topic segment.ms LONG [1,...] 604800000
topic unclean.leader.election.enable BOOLEAN - false
`;
