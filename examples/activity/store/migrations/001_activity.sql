-- Events, one row each, in a partition for each day (UTC) of `at`. The browser sets `at` once, with the id: whenever an
-- event is sent again, it meets the partition that has it.
CREATE TABLE activity (
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  received timestamptz NOT NULL,
  seconds double precision,
  type text NOT NULL,
  user_id text NOT NULL,
  session text NOT NULL,
  page text NOT NULL,
  button text,
  referrer text,
  -- Fields that have no column; NULL when there are none.
  rest jsonb
) PARTITION BY RANGE (at);

-- A few pages a day: it finds the minutes that a question is about.
CREATE INDEX ON activity USING brin (at, received);

-- Who was active in which hour of `received`, once.
CREATE TABLE active_users (
  hour timestamptz NOT NULL,
  user_id text NOT NULL,
  PRIMARY KEY (hour, user_id)
) PARTITION BY RANGE (hour);

-- Counts by hour of `received`, kept in the transaction that stores the events. `slot` keeps processes from waiting for
-- one another: each adds to rows of its own. Each row is changed again and again, which the free half of a page makes
-- cheap.
CREATE TABLE activity_hourly (
  hour timestamptz NOT NULL,
  type text NOT NULL,
  page text NOT NULL,
  button text NOT NULL,
  slot integer NOT NULL,
  events bigint NOT NULL,
  seconds double precision NOT NULL,
  PRIMARY KEY (hour, type, page, button, slot)
) WITH (fillfactor = 50);

-- Messages that are no events, as Kafka had them.
CREATE TABLE rejected (
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  -- By the topic: when the broker took it (LogAppendTime), or what the sender says.
  accepted timestamptz NOT NULL,
  reason text NOT NULL,
  raw bytea,
  -- With the time: a topic that is made anew has the same offsets again.
  PRIMARY KEY (topic, partition, "offset", accepted)
);
CREATE INDEX ON rejected (accepted);

-- Where each group goes on. The store changes it in the transaction that stores the events before it.
CREATE TABLE consumed_offsets (
  group_id text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  next bigint NOT NULL,
  changed timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_id, topic, partition)
) WITH (fillfactor = 50);

-- Makes the partitions of these days that are not there yet. `id` is unique in each.
CREATE FUNCTION activity_make_days(first date, last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day date;
  name text;
  bounds text;
BEGIN
  -- Two processes don't make the same day at once.
  PERFORM pg_advisory_xact_lock(7364202);
  FOR day IN SELECT generate_series(first, last, interval '1 day')::date LOOP
    name := to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('activity_' || name) IS NOT NULL;
    bounds := format('FOR VALUES FROM (%L) TO (%L)', day || ' 00:00+00', (day + 1) || ' 00:00+00');
    -- Attached afterwards: CREATE TABLE … PARTITION OF would make everybody wait who reads or writes.
    EXECUTE format('CREATE TABLE %I (LIKE activity)', 'activity_' || name);
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (id)', 'activity_' || name || '_id', 'activity_' || name);
    EXECUTE format('ALTER TABLE activity ATTACH PARTITION %I %s', 'activity_' || name, bounds);
    EXECUTE format('CREATE TABLE %I (LIKE active_users)', 'active_users_' || name);
    EXECUTE format('ALTER TABLE active_users ATTACH PARTITION %I %s', 'active_users_' || name, bounds);
  END LOOP;
END $$;

-- Drops what is older than this day, and says how many days that were.
CREATE FUNCTION activity_drop_days(before date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  old text;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(7364202);
  FOR old IN
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent IN ('activity'::regclass, 'active_users'::regclass)
      -- As texts: the planner may ask this of every table before it knows which are partitions.
      AND right(relname, 8) < to_char(before, 'YYYYMMDD')
  LOOP
    EXECUTE format('DROP TABLE %I', old);
    dropped := dropped + (old LIKE 'activity_%')::integer;
  END LOOP;
  DELETE FROM activity_hourly WHERE hour < before::timestamp AT TIME ZONE 'UTC';
  DELETE FROM rejected WHERE accepted < before::timestamp AT TIME ZONE 'UTC';
  RETURN dropped;
END $$;

CREATE VIEW active_users_by_hour AS
  SELECT hour, count(*) AS users FROM active_users GROUP BY hour;

CREATE VIEW time_on_page_by_hour AS
  SELECT hour, page, sum(events) AS visits, sum(seconds) AS seconds, sum(seconds) / sum(events) AS average_seconds
  FROM activity_hourly WHERE type = 'time_on_page' GROUP BY hour, page;

CREATE VIEW clicks_by_hour AS
  SELECT hour, page, button, sum(events) AS clicks
  FROM activity_hourly WHERE type = 'button_click' GROUP BY hour, page, button;
