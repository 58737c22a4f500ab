import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Put, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { DeleteMemory, Gate, GetMemory, ListMemory, PutMemory, preconditionOf } from '#access';
import type { MemoryEntry } from '#access';
import { nameSchema } from '#contract';
import type { Actor } from '#contract';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';
import { memoryBodySchema } from './requests.js';

const SessionId = new Decode(nameSchema);

type Place = Readonly<{ id: string; key: string }>;

type Conditions = Readonly<{ 'if-match'?: string; 'if-none-match'?: string }>;

const conditionOf = (headers: Conditions) =>
  preconditionOf({ ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] });

/** What a session remembers: its own caller's, and nobody else's. The `ETag` is the version. */
@Controller('/v1/sessions/:id/memory')
@UseGuards(SignedInGuard)
export class MemoryController {
  constructor(private readonly gate: Gate) {}

  @Get()
  async list(@CurrentActor() actor: Actor, @Param('id', SessionId) id: string) {
    return { keys: await this.gate.query(actor, new ListMemory(id)) };
  }

  @Get(':key')
  async get(
    @CurrentActor() actor: Actor,
    @Param('id', SessionId) id: string,
    @Param('key') key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemoryEntry> {
    const entry = await this.gate.query(actor, new GetMemory(id, key));
    reply.header('etag', `"${entry.version}"`);
    return entry;
  }

  @Put(':key')
  async put(
    @CurrentActor() actor: Actor,
    @Param() { id, key }: Place,
    @Body(new Decode(memoryBodySchema)) { value }: z.output<typeof memoryBodySchema>,
    @Headers() headers: Conditions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemoryEntry> {
    const entry = await this.gate.execute(actor, new PutMemory(id, key, value, conditionOf(headers)));
    reply.header('etag', `"${entry.version}"`);
    return entry;
  }

  @Delete(':key')
  @HttpCode(204)
  async delete(
    @CurrentActor() actor: Actor,
    @Param('id', SessionId) id: string,
    @Param('key') key: string,
    @Headers() headers: Conditions,
  ): Promise<void> {
    await this.gate.execute(actor, new DeleteMemory(id, key, conditionOf(headers)));
  }
}
