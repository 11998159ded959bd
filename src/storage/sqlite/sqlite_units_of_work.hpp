#pragma once

#include "domain/ports/unit_of_work.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// domain::UnitsOfWork over SqliteDatabase::UnitOfWork.
class SqliteUnitsOfWork final : public domain::UnitsOfWork {
 public:
  explicit SqliteUnitsOfWork(SqliteDatabase& database) : database_(database) {}

  std::unique_ptr<domain::UnitOfWork> begin() override { return std::make_unique<Unit>(database_); }

 private:
  class Unit final : public domain::UnitOfWork {
   public:
    explicit Unit(SqliteDatabase& database) : unit_(database) {}
    Result<void> commit() override {
      return guarded([this]() -> Result<void> {
        unit_.commit();
        return {};
      });
    }

   private:
    SqliteDatabase::UnitOfWork unit_;
  };

  SqliteDatabase& database_;
};

}  // namespace pictor::storage
