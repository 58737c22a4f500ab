import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Gate } from './gate.service.js';

@Module({ imports: [CqrsModule.forRoot()], providers: [Gate], exports: [Gate] })
export class AccessModule {}
