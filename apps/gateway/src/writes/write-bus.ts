import { Injectable } from '@nestjs/common';
import { CommandBus, type Command } from '@nestjs/cqrs';
import { KeptResults } from './kept-results.js';
import { AnsweredMeanwhile, KeptResultGone, KeyBusy } from './write.errors.js';
import type { RequestKey, WriteRequest } from './write-request.js';

/** A command that changes something at somebody's request. */
export type WriteCommand<Result> = Command<Result> & { readonly request: WriteRequest };

/** Sends writes to their handlers, each once under its key: what was kept before is answered again. */
@Injectable()
export class WriteBus {
  constructor(
    private readonly commands: CommandBus,
    private readonly keptResults: KeptResults,
  ) {}

  /** @throws {KeptResultGone} where what the kept result was about has been deleted */
  async execute<Result extends object>(command: WriteCommand<Result>): Promise<Result> {
    const { key, item } = command.request;
    if (key?.kept.has(item)) return replay(key, item);
    try {
      return await this.commands.execute(command);
    } catch (error) {
      if (!key || !(error instanceof AnsweredMeanwhile)) throw error;
      key.kept = await this.keptResults.find(key);
      return replay(key, item);
    }
  }
}

function replay<Result extends object>(key: RequestKey, item: number): Result {
  const kept = key.kept.get(item);
  if (!kept) throw new KeyBusy('A request with this key is being served.');
  if (!kept.result) throw new KeptResultGone('What the request changed has been deleted.');
  key.replayed = true;
  return kept.result as Result;
}
