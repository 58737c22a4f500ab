import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ExportAuditHandler } from './export-audit.query.js';
import { AuditProduct } from './product.js';

/** What is done with the audit beyond searching it. The app brings `EventStore`, globally. */
@Module({})
export class AuditModule {
  static with(product: AuditProduct): DynamicModule {
    return {
      module: AuditModule,
      providers: [ExportAuditHandler, { provide: AuditProduct, useValue: product }],
    };
  }
}
