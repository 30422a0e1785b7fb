/**
 * The schema, step by step. What has been released is never changed; a change is a new step.
 *
 * Writes go through functions: each is one round trip, and inside them every statement sees what was committed
 * before it, so that a write which had to wait for another one goes on from what that has left.
 *
 * JSON is `text`, not `jsonb`: what a model streams may hold NUL characters and halves of surrogate pairs, which JSON
 * escapes and `jsonb` refuses. Names are JSON strings for the same reason.
 */
export function migrations (schema: string): string[] {
  const s = `"${schema}"`
  return [`
create sequence ${s}.a2a_order;

create table ${s}.a2a_tasks (
  key bigint generated always as identity primary key,
  scope text not null,
  agent text not null,
  id text not null,
  context text not null,
  state text not null,
  status_time bigint not null,
  status_order bigint not null,
  generation integer not null,
  snapshot text,
  snapshot_generation integer not null default 0,
  meta text,
  lease_token text,
  lease_holder text,
  lease_until timestamptz,
  finished_at timestamptz,
  touched_at timestamptz not null default now(),
  has_log boolean not null default true,
  unique (scope, id)
);
create index a2a_tasks_by_status on ${s}.a2a_tasks (scope, status_time, status_order);
create index a2a_tasks_by_state on ${s}.a2a_tasks (scope, state, status_time, status_order);
create index a2a_tasks_by_context on ${s}.a2a_tasks (scope, context, status_time, status_order);
create index a2a_tasks_leased on ${s}.a2a_tasks (agent, lease_until) where lease_until is not null;
create index a2a_tasks_holder on ${s}.a2a_tasks (lease_holder) where lease_holder is not null;
create index a2a_tasks_open on ${s}.a2a_tasks (touched_at) where finished_at is null;
create index a2a_tasks_finished on ${s}.a2a_tasks (finished_at) where finished_at is not null;
create index a2a_tasks_logs on ${s}.a2a_tasks (finished_at) where finished_at is not null and has_log;

create table ${s}.a2a_events (
  task bigint not null references ${s}.a2a_tasks (key) on delete cascade,
  generation integer not null,
  event text not null,
  primary key (task, generation)
);

create table ${s}.a2a_letters (
  task bigint not null references ${s}.a2a_tasks (key) on delete cascade,
  id text not null,
  n bigint generated always as identity,
  body text not null,
  posted_at timestamptz not null default now(),
  primary key (task, id)
);

create table ${s}.a2a_pushes (
  task bigint not null references ${s}.a2a_tasks (key) on delete cascade,
  id text not null,
  n bigint generated always as identity,
  agent text not null,
  config text not null,
  after integer not null,
  attempts integer not null default 0,
  failing_since bigint,
  claim text,
  due_at timestamptz,
  primary key (task, id)
);
create index a2a_pushes_due on ${s}.a2a_pushes (agent, due_at) where due_at is not null;

create table ${s}.a2a_dead_letters (
  n bigint generated always as identity primary key,
  agent text not null,
  id text not null,
  letter text not null,
  unique (agent, id)
);
create index a2a_dead_letters_newest on ${s}.a2a_dead_letters (agent, n);

create table ${s}.a2a_keys (
  scope text not null,
  key text not null,
  record text not null,
  reply text,
  expires_at timestamptz not null,
  primary key (scope, key)
);
create index a2a_keys_expiry on ${s}.a2a_keys (expires_at);

create function ${s}.a2a_create(
  p_scope text, p_agent text, p_id text, p_context text, p_events text[], p_state text, p_time bigint, p_finished boolean,
  p_snapshot text, p_meta text, p_token text, p_holder text, p_ttl double precision, p_push_ids text[], p_push_configs text[]
) returns integer language plpgsql as $$
declare
  v_key bigint;
  v_count integer := cardinality(p_events);
begin
  insert into ${s}.a2a_tasks (scope, agent, id, context, state, status_time, status_order, generation, snapshot, snapshot_generation, meta, lease_token, lease_holder, lease_until, finished_at)
  values (p_scope, p_agent, p_id, p_context, p_state, least(p_time, (extract(epoch from clock_timestamp()) * 1000)::bigint), nextval('${s}.a2a_order'), v_count,
    p_snapshot, case when p_snapshot is null then 0 else v_count end, p_meta,
    case when p_finished then null else p_token end, case when p_finished then null else p_holder end,
    case when p_finished then null else clock_timestamp() + p_ttl * interval '1 millisecond' end,
    case when p_finished then clock_timestamp() end)
  on conflict (scope, id) do nothing
  returning key into v_key;
  if v_key is null then return null; end if;
  insert into ${s}.a2a_events (task, generation, event) select v_key, n, event from unnest(p_events) with ordinality as e (event, n);
  if p_push_ids is not null then
    insert into ${s}.a2a_pushes (task, id, agent, config, after, due_at)
    select v_key, id, p_agent, config, 0, clock_timestamp() from unnest(p_push_ids, p_push_configs) as c (id, config);
  end if;
  return v_count;
end $$;

create function ${s}.a2a_append(
  p_scope text, p_id text, p_expected integer, p_token text, p_events text[], p_state text, p_time bigint, p_finished boolean,
  p_snapshot text, p_meta text, p_takes text[]
) returns text language plpgsql as $$
declare
  v ${s}.a2a_tasks%rowtype;
  v_count integer := cardinality(p_events);
begin
  select * into v from ${s}.a2a_tasks where scope = p_scope and id = p_id for update;
  if not found then return 'missing'; end if;
  if v.finished_at is not null then return 'finished'; end if;
  if v.lease_token is distinct from p_token then return 'leased'; end if;
  if v.generation <> p_expected then return 'moved'; end if;
  if p_takes is not null then delete from ${s}.a2a_letters where task = v.key and id = any(p_takes); end if;
  if v_count = 0 then return v.generation::text; end if;
  update ${s}.a2a_tasks set
    generation = v.generation + v_count,
    state = coalesce(p_state, state),
    status_time = case when p_state is null then status_time else least(p_time, (extract(epoch from clock_timestamp()) * 1000)::bigint) end,
    status_order = case when p_state is null then status_order else nextval('${s}.a2a_order') end,
    touched_at = clock_timestamp(),
    snapshot = coalesce(p_snapshot, snapshot),
    snapshot_generation = case when p_snapshot is null then snapshot_generation else v.generation + v_count end,
    meta = coalesce(p_meta, meta),
    finished_at = case when p_finished then clock_timestamp() end,
    lease_token = case when p_finished then null else lease_token end,
    lease_holder = case when p_finished then null else lease_holder end,
    lease_until = case when p_finished then null else lease_until end
  where key = v.key;
  insert into ${s}.a2a_events (task, generation, event) select v.key, v.generation + n, event from unnest(p_events) with ordinality as e (event, n);
  if p_finished then delete from ${s}.a2a_letters where task = v.key; end if;
  update ${s}.a2a_pushes set due_at = case when due_at is null then clock_timestamp() else due_at end where task = v.key;
  perform pg_notify('${schema}_a2a_events', v.key || ' ' || v.generation + v_count);
  return (v.generation + v_count)::text;
end $$;

create function ${s}.a2a_put_push(p_scope text, p_id text, p_agent text, p_push text, p_config text) returns boolean language plpgsql as $$
declare
  v_key bigint;
  v_generation integer;
begin
  select key, generation into v_key, v_generation from ${s}.a2a_tasks where scope = p_scope and id = p_id for update;
  if not found then return false; end if;
  insert into ${s}.a2a_pushes (task, id, agent, config, after) values (v_key, p_push, p_agent, p_config, v_generation)
  on conflict (task, id) do update set config = excluded.config;
  return true;
end $$;

create function ${s}.a2a_settle_push(
  p_scope text, p_id text, p_agent text, p_push text, p_claim text, p_after integer, p_attempts integer, p_failing_since bigint, p_retry_at bigint,
  p_dead_ids text[], p_dead text[]
) returns boolean language plpgsql as $$
declare
  v_key bigint;
  v_generation integer;
begin
  select key, generation into v_key, v_generation from ${s}.a2a_tasks where scope = p_scope and id = p_id for update;
  if not found then return false; end if;
  update ${s}.a2a_pushes set
    after = p_after, attempts = p_attempts, failing_since = p_failing_since, claim = null,
    due_at = case when p_after < v_generation then coalesce(to_timestamp(p_retry_at / 1000.0), clock_timestamp()) end
  where task = v_key and id = p_push and claim = p_claim;
  if not found then return false; end if;
  insert into ${s}.a2a_dead_letters (agent, id, letter) select p_agent, id, letter from unnest(p_dead_ids, p_dead) as d (id, letter) on conflict do nothing;
  return true;
end $$;

create function ${s}.a2a_post(p_scope text, p_id text, p_letter text, p_body text) returns text language plpgsql as $$
declare
  v ${s}.a2a_tasks%rowtype;
begin
  select * into v from ${s}.a2a_tasks where scope = p_scope and id = p_id for update;
  if not found then return 'missing'; end if;
  if v.finished_at is not null then return 'finished'; end if;
  insert into ${s}.a2a_letters (task, id, body) values (v.key, p_letter, p_body) on conflict do nothing;
  if v.lease_holder is not null then perform pg_notify('${schema}_a2a_letters', left(v.lease_holder, 1000)); end if;
  return 'posted';
end $$;

create function ${s}.a2a_acquire(p_scope text, p_id text, p_token text, p_holder text, p_ttl double precision) returns text language plpgsql as $$
declare
  v ${s}.a2a_tasks%rowtype;
begin
  select * into v from ${s}.a2a_tasks where scope = p_scope and id = p_id for update;
  if not found then return 'missing'; end if;
  if v.lease_until > clock_timestamp() then return 'leased'; end if;
  update ${s}.a2a_tasks set lease_token = p_token, lease_holder = p_holder, lease_until = clock_timestamp() + p_ttl * interval '1 millisecond' where key = v.key;
  if exists (select from ${s}.a2a_letters where task = v.key) then perform pg_notify('${schema}_a2a_letters', left(p_holder, 1000)); end if;
  return 'acquired';
end $$;
`, `
create index a2a_tasks_contexts on ${s}.a2a_tasks (agent, context);
`]
}

/** Brings a schema up to date; several servers may do so at once. */
export function migrate (schema: string): string {
  const s = `"${schema}"`
  const steps = migrations(schema).map((step, index) => `
  if v_version < ${index + 1} then
    execute $step$${step}$step$;
    insert into ${s}.a2a_migrations (version) values (${index + 1});
  end if;`)
  return `
select pg_advisory_xact_lock(hashtext('fastify-a2a ${schema}'));
create schema if not exists ${s};
create table if not exists ${s}.a2a_migrations (version integer primary key, applied_at timestamptz not null default now());
do $migrate$
declare
  v_version integer := (select coalesce(max(version), 0) from ${s}.a2a_migrations);
begin${steps.join('')}
end $migrate$`
}
