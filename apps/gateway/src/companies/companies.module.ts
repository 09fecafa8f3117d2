import { Module } from '@nestjs/common';
import { CompaniesController } from './companies.controller.js';
import { CreateCompanyHandler } from './create/create-company.handler.js';
import { ExportCompaniesController } from './export/export-companies.controller.js';
import { GetCompanyHandler } from './get-company.handler.js';
import { ListCompaniesController } from './list/list-companies.controller.js';
import { ListCompaniesHandler } from './list/list-companies.handler.js';
import { ChangeCompanyTagsHandler } from './tags/change-company-tags.handler.js';
import { CompanyTagsController } from './tags/company-tags.controller.js';
import { GetCompanyTagsHandler } from './tags/get-company-tags.handler.js';
import { UpdateCompanyHandler } from './update/update-company.handler.js';

@Module({
  controllers: [CompaniesController, CompanyTagsController, ExportCompaniesController, ListCompaniesController],
  providers: [
    ChangeCompanyTagsHandler,
    CreateCompanyHandler,
    GetCompanyHandler,
    GetCompanyTagsHandler,
    ListCompaniesHandler,
    UpdateCompanyHandler,
  ],
})
export class CompaniesModule {}
