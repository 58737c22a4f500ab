import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import {
  ChangeUser,
  CreateUser,
  Gate,
  GetUser,
  GetUserRoles,
  ListUsers,
  ResetPassword,
  Secret,
  SetUserRoles,
  changeUserSchema,
  userListSchema,
} from '#access';
import { taskIdSchema } from '#contract';
import type { Actor } from '#contract';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';
import { newUserSchema, rolesBodySchema } from './requests.js';

const Id = new Decode(taskIdSchema);

@Controller('/v1/users')
@UseGuards(SignedInGuard)
export class UsersController {
  constructor(private readonly gate: Gate) {}

  @Get()
  list(
    @CurrentActor() actor: Actor,
    @Query(new Decode(userListSchema)) query: z.output<typeof userListSchema>,
  ) {
    return this.gate.query(actor, new ListUsers(query));
  }

  @Post()
  create(
    @CurrentActor() actor: Actor,
    @Body(new Decode(newUserSchema)) { password, ...asked }: z.output<typeof newUserSchema>,
  ) {
    const secret = password === undefined ? undefined : new Secret(password);
    return this.gate.execute(actor, new CreateUser(asked, secret));
  }

  @Get(':id')
  get(@CurrentActor() actor: Actor, @Param('id', Id) id: string) {
    return this.gate.query(actor, new GetUser(id));
  }

  @Patch(':id')
  change(
    @CurrentActor() actor: Actor,
    @Param('id', Id) id: string,
    @Body(new Decode(changeUserSchema)) change: z.output<typeof changeUserSchema>,
  ) {
    return this.gate.execute(actor, new ChangeUser(id, change));
  }

  @Get(':id/roles')
  roles(@CurrentActor() actor: Actor, @Param('id', Id) id: string) {
    return this.gate.query(actor, new GetUserRoles(id));
  }

  @Put(':id/roles')
  setRoles(
    @CurrentActor() actor: Actor,
    @Param('id', Id) id: string,
    @Body(new Decode(rolesBodySchema)) { roles }: z.output<typeof rolesBodySchema>,
  ) {
    return this.gate.execute(actor, new SetUserRoles(id, roles));
  }

  @Post(':id/password-reset')
  @HttpCode(200)
  resetPassword(@CurrentActor() actor: Actor, @Param('id', Id) id: string) {
    return this.gate.execute(actor, new ResetPassword(id));
  }
}
