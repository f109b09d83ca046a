# What Trino's OPA plug-in asks. Whoever is signed in to Trino reads what Placet lets them read, and does nothing else;
# what no rule here allows is denied, also what Trino may come to ask one day.
#
# Trino takes no answer about a mask for a clear column, so there is none only where the column is clear.
package placet.trino

import rego.v1

default allow := false

allow if permitted(input.action.operation, input.action.resource)

# Without a resource: to run a query at all.
allow if {
	input.action.operation == "ExecuteQuery"
	known
}

# The places, in their order, of what may be seen of a list.
batch contains place if {
	input.action.operation != "FilterColumns"
	some place, resource in input.action.filterResources
	permitted(input.action.operation, resource)
}

# Columns come as those of one table.
batch contains place if {
	input.action.operation == "FilterColumns"
	table := input.action.filterResources[0].table
	some place, column in table.columns
	readable(table, [column])
}

rowFilters contains {"expression": expression} if {
	source := source_of(input.action.resource.table)
	data.placet.reads(login, source)
	some one in data.placet.filters_on(login, source)
	some expression in expressions(one)
}

rowFilters contains {"expression": "false"} if {
	table := input.action.resource.table
	not described(table)
	not seen(table)
}

columnMask := {"expression": expression} if expression := mask(input.action.resource.column)

batchColumnMasks contains {"index": place, "viewExpression": {"expression": expression}} if {
	some place, resource in input.action.filterResources
	expression := mask(resource.column)
}

# --- What is told to whom ---

login := input.context.identity.user

known if data.placet.facts.logins[login]

permitted(operation, resource) if {
	operation in {"AccessCatalog", "FilterCatalogs"}
	resource.catalog == catalog
	known
}

permitted(operation, resource) if {
	operation in {"FilterSchemas", "ShowTables"}
	resource.schema.catalogName == catalog
	some source in data.placet.tables[resource.schema.schemaName]
	data.placet.reads(login, source)
}

permitted(operation, resource) if {
	operation in {"FilterSchemas", "ShowTables"}
	described(object.union(resource.schema, {"tableName": ""}))
	known
}

permitted("ShowSchemas", resource) if {
	resource.catalog == catalog
	known
}

permitted(operation, resource) if {
	operation in {"FilterTables", "ShowColumns"}
	seen(resource.table)
}

permitted("FilterColumns", resource) if readable(resource.table, resource.table.columns)

permitted("SelectFromColumns", resource) if readable(resource.table, resource.table.columns)

# What Trino itself says about tables; it shows there only what the other questions let through.
permitted(operation, resource) if {
	operation in {"FilterTables", "ShowColumns", "FilterColumns", "SelectFromColumns"}
	described(resource.table)
	known
}

# The functions of SQL, which read no table.
permitted("ExecuteFunction", resource) if {
	resource.function.catalogName == "system"
	resource.function.schemaName == "builtin"
	known
}

# One's own queries.
permitted(operation, resource) if {
	operation in {"FilterViewQueryOwnedBy", "KillQueryOwnedBy", "ViewQueryOwnedBy"}
	resource.user.user == login
	known
}

described(table) if {
	table.catalogName == catalog
	table.schemaName == "information_schema"
}

source_of(table) := data.placet.tables[table.schemaName][table.tableName] if table.catalogName == catalog

seen(table) if data.placet.reads(login, source_of(table))

# A column that was added since is not among those that are known, and is read by nobody.
readable(table, columns) if {
	source := source_of(table)
	data.placet.reads(login, source)
	every name in columns {
		data.placet.sources[source].columns[name]
	}
}

# --- Masks: none for what is clear, and NULL for what can't be told ---

mask(column) := shown(source_of(column), column) if {
	not described(column)
	not clear(column)
} else := "NULL" if {
	not described(column)
	not clear(column)
}

clear(column) if {
	source := source_of(column)
	data.placet.reads(login, source)
	data.placet.clear(login, source, column.columnName)
}

# What was compiled for another type than the column has by now shows nothing.
shown(source, column) := data.placet.masked_by(login, source, column.columnName).sql if {
	data.placet.reads(login, source)
	lower(column.columnType) == lower(data.placet.sources[source].columns[column.columnName].type)
}

# --- Filters ---

expressions(one) := one.sql

expressions(one) := [among(place, one) | some place in one.places] if one.places

among(place, one) := concat("", [place, " IN (", concat(", ", literals), ")"]) if {
	literals := [literal(value) | some value in data.placet.attribute_values(data.placet.facts_about(login), one.attribute)]
	count(literals) > 0
} else := "false"

literal(value) := concat("", ["'", replace(value, "'", "''"), "'"])
