import { Migration } from '@mikro-orm/migrations';
import type { MigrationName } from './migration-names.js';

class CreatePortalLogins extends Migration {
  override up(): void {
    // The row of a removed login stays: it guards against late repetitions.
    // The unique constraint is checked at commit, since one batch can swap the emails of two logins.
    this.addSql(`
      create table portal_login (
        contact_id bigint primary key,
        version bigint not null, position bigint not null,
        email text, email_key text, credential text,
        removed boolean not null default false,
        session_version bigint not null,
        synced_at timestamptz not null,
        constraint portal_login_email_key unique (email_key) deferrable initially deferred,
        constraint portal_login_email_and_key check ((email is null) = (email_key is null)),
        constraint portal_login_removed_is_empty check (not removed or (email is null and credential is null)))
      with (fillfactor = 85)`);
    this.addSql(`
      create table consumer_offset (
        topic text not null, partition int not null, next_offset bigint not null, primary key (topic, partition))`);
  }
}

class CreatePortalSessions extends Migration {
  override up(): void {
    this.addSql(`
      create table portal_session (
        jti uuid primary key,
        contact_id bigint not null, session_version bigint not null,
        expires_at timestamptz not null)`);
    this.addSql(`create index portal_session_expires_at on portal_session (expires_at)`);
    // One row per key, with the times of its attempts within the window: few writes, and exact limits under races.
    this.addSql(`
      create table login_attempt (
        key text primary key,
        attempted_at timestamptz[] not null,
        expires_at timestamptz not null)`);
    this.addSql(`create index login_attempt_expires_at on login_attempt (expires_at)`);
  }
}

class CreateParkedRecords extends Migration {
  override up(): void {
    // Kept as long as the log is the same: a rebuild reads these records again.
    this.addSql(`
      create table parked_record (
        topic text not null, partition int not null, record_offset bigint not null,
        parked_at timestamptz not null default clock_timestamp(),
        primary key (topic, partition, record_offset))`);
  }
}

class CreateDeadLetterOutcomes extends Migration {
  override up(): void {
    // The record's time separates it from a record at the same position of a topic that was made again.
    this.addSql(`
      create table dead_letter_outcome (
        topic text not null, partition int not null, record_offset bigint not null, recorded_at bigint not null,
        outcome text not null check (outcome in ('redriven', 'discarded')),
        decided_at timestamptz not null default clock_timestamp(),
        primary key (topic, partition, record_offset))`);
  }
}

class CreateMarkingStarts extends Migration {
  override up(): void {
    this.addSql(`
      create table marking_start (
        topic text not null, partition int not null, first_offset bigint not null,
        noted_at timestamptz not null default clock_timestamp(),
        primary key (topic, partition))`);
  }
}

class AddLogToConsumerOffsets extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    // The topic's id: a topic that is made again has the same name. And the failure count that stops a partition, for restarts.
    this.addSql(`alter table consumer_offset add column topic_id uuid, add column failure_streak int not null default 0`);
  }
}

class CountAttemptsByAddress extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    // Attempts on an email, from any address: a new password of its login clears them.
    this.addSql(`alter table login_attempt add column email_hash text`);
    // Addresses from which a login has signed in, as keyed hashes.
    this.addSql(`
      create table known_address (
        contact_id bigint not null, address text not null,
        expires_at timestamptz not null,
        primary key (contact_id, address))`);
    this.addSql(`create index known_address_expires_at on known_address (expires_at)`);
  }
}

class CreateAudit extends Migration {
  override up(): void {
    this.addSql(`
      create table audit_entry (
        id bigint generated always as identity primary key,
        at timestamptz not null default clock_timestamp(),
        actor text, action text not null, target text, request_id text, details json not null)`);
  }
}

class IndexAttemptsByEmail extends Migration {
  /** An index of a table in use is made beside its writers, which no transaction allows. */
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    // An attempt that failed leaves an index that no query uses.
    this.addSql(`drop index concurrently if exists login_attempt_email_hash`);
    this.addSql(`
      create index concurrently if not exists login_attempt_email_hash on login_attempt (email_hash) where email_hash is not null`);
  }
}

class MarkFailedAttempts extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    // Those of attempted_at that have ended; the others still run, or were cut off.
    this.addSql(`alter table login_attempt add column failed_at timestamptz[] not null default '{}'`);
  }
}

/** In the order of application. A released migration never changes. */
export const migrations = [
  { name: '0001-create-portal-logins', class: CreatePortalLogins },
  { name: '0002-create-portal-sessions', class: CreatePortalSessions },
  { name: '0003-create-parked-records', class: CreateParkedRecords },
  { name: '0004-create-dead-letter-outcomes', class: CreateDeadLetterOutcomes },
  { name: '0005-create-marking-starts', class: CreateMarkingStarts },
  { name: '0006-add-log-to-consumer-offsets', class: AddLogToConsumerOffsets },
  { name: '0007-count-attempts-by-address', class: CountAttemptsByAddress },
  { name: '0008-create-audit', class: CreateAudit },
  { name: '0009-index-attempts-by-email', class: IndexAttemptsByEmail },
  { name: '0010-mark-failed-attempts', class: MarkFailedAttempts },
] satisfies { name: MigrationName; class: typeof Migration }[];
