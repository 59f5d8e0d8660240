//! What DynamoDB refuses of a table.

use std::collections::BTreeMap;

use super::Table;
use super::spec::{Attribute, AttributeType, BillingMode, Capacity, MANAGED_KEY, MaxThroughput, Projection, Spec};
use crate::contract::{Findings, Kind, Rule, View, name_of, rows};
use crate::model::reference::is_known;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E720",
        title: "table name that AWS refuses",
        why: "A table's name has 3 to 255 letters, digits and `._-`. It is one in an account and region.",
        fix: "use letters, digits and `._-`",
        source: "botocore service model, dynamodb CreateTable, TableName",
        run: name,
    },
    Rule {
        code: "E721",
        title: "a key attribute whose name DynamoDB does not take",
        why: "The name of an attribute that a key names has 1 to 255 characters.",
        fix: "shorten the name",
        source: "botocore service model, dynamodb CreateTable, KeySchema",
        run: rows::<Table>,
    },
    Rule {
        code: "E733",
        title: "one attribute as both keys of a table",
        why: "The partition key and the sort key are two attributes. CreateTable answers \"Both the Hash Key and the Range Key element in \
              the KeySchema have the same name\".",
        fix: "name another attribute in `sort_key`, or take it out",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_KeySchemaElement.html",
        run: both_keys,
    },
    Rule {
        code: "E722",
        title: "a type that a key attribute cannot have, or two of them",
        why: "A key attribute holds text (`S`), a number (`N`) or bytes (`B`), and the same in every key that names it: a table has one \
              definition of each attribute.",
        fix: "write S, N or B, and the same everywhere; `attributes: { at: N }` says it once",
        source: "botocore service model, dynamodb CreateTable, AttributeDefinitions",
        run: types,
    },
    Rule {
        code: "E723",
        title: "a type of an attribute that no key names",
        why: "Tables and indexes define the attributes of their keys and no others. CreateTable answers \"Some AttributeDefinitions are not \
              used\".",
        fix: "take it out of `attributes`: items may hold any other attribute without a word",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",
        run: unused,
    },
    Rule {
        code: "E724",
        title: "a global index that DynamoDB does not take",
        why: "A table has at most twenty global indexes. An index has a name of 3 to 255 letters, digits and `._-`, which no other index of \
              the table has, one to four attributes that spread its items and at most four that sort them, each once.",
        fix: "mend the name or the keys, or keep twenty",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html",
        run: global_indexes,
    },
    Rule {
        code: "E725",
        title: "a local index that DynamoDB does not take",
        why: "A local index sorts the items of a partition by another attribute, so the table has a `sort_key` of its own, and the index \
              another one. A table has at most five, each with a name of 3 to 255 letters, digits and `._-`.",
        fix: "give the table a `sort_key`, or make it a global index",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html",
        run: local_indexes,
    },
    Rule {
        code: "E726",
        title: "a projection that DynamoDB does not take",
        why: "An index holds ALL attributes, those of the keys (KEYS_ONLY), or those and 1 to 20 more (INCLUDE), which are then named; with \
              the other two none is. All indexes of a table together name at most 100, one that two of them name counted twice.",
        fix: "write `include: [attribute]` for INCLUDE alone",
        source: "botocore service model, dynamodb CreateTable, Projection",
        run: projections,
    },
    Rule {
        code: "E728",
        title: "capacity that does not go with how a table is paid",
        why: "A provisioned table has a capacity of at least one unit to read and one to write, and so has each index of it. On demand there \
              is none, but there may be a most of what is served, at least one unit, which provisioned tables do not have. DynamoDB refuses the \
              mixtures.",
        fix: "write `capacity: { read: 5, write: 5 }` with `billing: provisioned`, or neither",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",
        run: capacity,
    },
    Rule {
        code: "E729",
        title: "an attribute that items cannot expire by",
        why: "Items expire by a number, the seconds since 1970. A key attribute that holds text or bytes is never one, so nothing would \
              expire. The name has 1 to 255 characters.",
        fix: "name an attribute that holds a number",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html",
        run: expiry,
    },
    Rule {
        code: "E730",
        title: "days of recovery that DynamoDB does not take",
        why: "Point-in-time recovery reaches 1 to 35 days back, where it is on.",
        fix: "write `point_in_time_recovery: true` and 1 to 35 days, or take `recovery_days` out",
        source: "botocore service model, dynamodb UpdateContinuousBackups, RecoveryPeriodInDays",
        run: recovery,
    },
    Rule {
        code: "E731",
        title: "a word for a table's stream or class that DynamoDB does not know",
        why: "A stream tells NEW_AND_OLD_IMAGES, NEW_IMAGE, OLD_IMAGE or KEYS_ONLY. The class is STANDARD or STANDARD_INFREQUENT_ACCESS.",
        fix: "write one of them",
        source: "botocore service model, dynamodb CreateTable, StreamSpecification",
        run: rows::<Table>,
    },
    Rule {
        code: "E732",
        title: "an alias of a key that cannot be compared",
        why: "DynamoDB tells the ARN of the key that it was given, never its alias. So nobody could see that an alias stands for another \
              key now, or that the table has another one.",
        fix: "write the key's id or ARN; `alias/aws/dynamodb` alone is known to be AWS's own key",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html",
        run: aliases,
    },
];

/// Global and local indexes that a table has at most.
const GLOBAL: usize = 20;
const LOCAL: usize = 5;
/// Attributes that all indexes of a table include together.
const INCLUDED: usize = 100;
/// Characters of a name.
const SHORTEST: usize = 3;
/// Attributes of either part of an index's key.
const OF_A_KEY: usize = 4;

/// What a name of an index is made of.
const INDEX_NAME: &str = "use 3 to 255 letters, digits and `._-`";

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        if is_known(&table.name) && (1..SHORTEST).contains(&table.name.len()) {
            let message = format!("the table name `{}` is shorter than {SHORTEST} characters", table.name);
            out.add(cx.place(Table::SECTION, &table.key, &["name"]), &table.address, message);
        } else {
            name_of(cx, out, table, "table", is_name);
        }
    }
}

fn is_index_name(name: &str) -> bool {
    (SHORTEST..=255).contains(&name.len()) && name.chars().all(is_name)
}

fn both_keys(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        let name = &table.spec.partition_key.name;
        if table.spec.sort_key.as_ref().is_some_and(|sort| sort.name == *name) {
            let place = cx.place(Table::SECTION, &table.key, &["sort_key"]);
            out.add(place, &table.address, format!("`{name}` is the partition key and the sort key"));
        }
    }
}

fn types(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        let mut seen: BTreeMap<&str, &Attribute> = BTreeMap::new();
        for attribute in table.spec.key_attributes() {
            let Attribute { name, kind } = attribute;
            let first = *seen.entry(name).or_insert(attribute);
            let place = cx.place(Table::SECTION, &table.key, &["attributes", name]);
            if is_known(kind.as_str()) && kind.known().is_none() {
                out.add(place, &table.address, format!("`{kind}` is no type of a key attribute"));
            } else if first.kind != *kind {
                out.add(place, &table.address, format!("`{name}` is {} in one key and {kind} in another", first.kind));
            }
        }
    }
}

fn unused(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        let Some(types) = cx.loaded.tree.get(Table::SECTION).and_then(|all| all.get(&table.key)?.get("attributes")) else { continue };
        for entry in types.entries() {
            if !table.spec.key_attributes().any(|attribute| attribute.name == entry.key) {
                out.add(entry.place, &table.address, format!("no key names `{}`", entry.key));
            }
        }
    }
}

fn global_indexes(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        let Spec { indexes, local_indexes, .. } = &table.spec;
        let place = |name: &str| cx.place(Table::SECTION, &table.key, &["indexes", name]);
        if indexes.len() > GLOBAL {
            let message = format!("{} global indexes; a table has at most {GLOBAL}", indexes.len());
            out.add(cx.place(Table::SECTION, &table.key, &["indexes"]), &table.address, message);
        }
        for (name, index) in indexes {
            let keys: Vec<&str> = index.key_attributes().map(|attribute| attribute.name.as_str()).collect();
            let twice = keys.iter().enumerate().find(|(at, key)| keys[..*at].contains(key)).map(|(_, key)| *key);
            let wrong = if !is_index_name(name) {
                out.add_with(place(name), &table.address, format!("`{name}` is no name of an index"), INDEX_NAME);
                continue;
            } else if local_indexes.contains_key(name) {
                format!("`{name}` is a local index, too")
            } else if !(1..=OF_A_KEY).contains(&index.partition_key.len()) || index.sort_key.len() > OF_A_KEY {
                format!("the key of `{name}` has {} and {} attributes", index.partition_key.len(), index.sort_key.len())
            } else if let Some(twice) = twice {
                format!("the key of `{name}` names `{twice}` twice")
            } else {
                continue;
            };
            out.add(place(name), &table.address, wrong);
        }
    }
}

fn local_indexes(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        let Spec { local_indexes, sort_key, partition_key, .. } = &table.spec;
        let all = cx.place(Table::SECTION, &table.key, &["local_indexes"]);
        if local_indexes.len() > LOCAL {
            out.add(all, &table.address, format!("{} local indexes; a table has at most {LOCAL}", local_indexes.len()));
        }
        if !local_indexes.is_empty() && sort_key.is_none() {
            out.add(all, &table.address, "the table has no `sort_key`, and so no local index");
        }
        for (name, index) in local_indexes {
            let is_taken = sort_key.iter().chain([partition_key]).any(|key| key.name == index.sort_key.name);
            let place = cx.place(Table::SECTION, &table.key, &["local_indexes", name]);
            if !is_index_name(name) {
                out.add_with(place, &table.address, format!("`{name}` is no name of an index"), INDEX_NAME);
            } else if is_taken {
                let fix = "sort it by another attribute";
                out.add_with(
                    place,
                    &table.address,
                    format!("`{name}` sorts by `{}`, which is in the table's key", index.sort_key.name),
                    fix,
                );
            }
        }
    }
}

fn projections(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Table>(cx, out);
    for table in cx.all::<Table>() {
        let global = table.spec.indexes.iter().map(|(name, index)| ("indexes", name, &index.projection, &index.include));
        let local = table.spec.local_indexes.iter().map(|(name, index)| ("local_indexes", name, &index.projection, &index.include));
        for (section, name, projection, include) in global.chain(local) {
            let wrong = match (projection.is(Projection::Include), include.is_empty()) {
                (true, true) => format!("`{name}` includes some attributes, and names none"),
                (false, false) if projection.known().is_some() => format!("`{name}` holds {projection}, and names attributes to include"),
                _ => continue,
            };
            out.add(cx.place(Table::SECTION, &table.key, &[section, name]), &table.address, wrong);
        }
        let Spec { indexes, local_indexes, .. } = &table.spec;
        let included = indexes.values().map(|index| index.include.len()).chain(local_indexes.values().map(|index| index.include.len()));
        let included: usize = included.sum();
        if included > INCLUDED {
            let field = if indexes.is_empty() { "local_indexes" } else { "indexes" };
            let message = format!("the indexes include {included} attributes together; a table takes {INCLUDED}");
            let fix = "let indexes hold fewer, or ALL of them";
            out.add_with(cx.place(Table::SECTION, &table.key, &[field]), &table.address, message, fix);
        }
    }
}

fn capacity(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Table>(cx, out);
    for table in cx.all::<Table>() {
        let Spec { billing, capacity, max_throughput, indexes, .. } = &table.spec;
        let is_provisioned = billing.is(BillingMode::Provisioned);
        let mut look = |path: &[&str], what: &str, capacity: &Option<Capacity>, most: &Option<MaxThroughput>| {
            let (field, message) = match (is_provisioned, capacity, most) {
                (true, None, _) => ("capacity", format!("{what} is provisioned, and has no capacity")),
                (true, _, Some(_)) => ("max_throughput", format!("{what} is provisioned, and has a most of what is served on demand")),
                (false, Some(_), _) => ("capacity", format!("{what} is paid on demand, and has a capacity")),
                (false, None, Some(MaxThroughput { read, write })) if [read, write].into_iter().flatten().any(|most| *most < 1) => {
                    ("max_throughput", format!("{what} serves less than one unit"))
                }
                _ => return,
            };
            out.add(cx.place(Table::SECTION, &table.key, &[path, &[field]].concat()), &table.address, message);
        };
        look(&[], "the table", capacity, max_throughput);
        for (name, index) in indexes {
            // What it takes of the table is told of the table.
            let own = index.capacity.filter(|own| is_provisioned || Some(*own) != *capacity);
            if !is_provisioned || capacity.is_some() {
                look(&["indexes", name], &format!("the index `{name}`"), &own, &index.max_throughput);
            }
        }
    }
}

fn expiry(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Table>(cx, out);
    for table in cx.all::<Table>() {
        let Some(ttl) = &table.spec.ttl else { continue };
        let in_a_key = table.spec.key_attributes().find(|attribute| attribute.name == *ttl);
        if let Some(kind) = in_a_key.map(|attribute| &attribute.kind).filter(|kind| !kind.is(AttributeType::Number)) {
            let message = format!("items expire by a number, and `{ttl}` is {kind} in a key");
            out.add(cx.place(Table::SECTION, &table.key, &["ttl"]), &table.address, message);
        }
    }
}

fn recovery(cx: &View<'_>, out: &mut Findings<'_>) {
    rows::<Table>(cx, out);
    for table in cx.all::<Table>().iter().filter(|table| !table.spec.point_in_time_recovery && table.spec.recovery_days.is_some()) {
        let place = cx.place(Table::SECTION, &table.key, &["recovery_days"]);
        out.add(place, &table.address, "`recovery_days` is said, and `point_in_time_recovery` is off");
    }
}

fn aliases(cx: &View<'_>, out: &mut Findings<'_>) {
    for table in cx.all::<Table>() {
        let Some(key) = table.spec.kms_key.as_deref().filter(|key| is_known(key) && *key != MANAGED_KEY) else { continue };
        if key.starts_with("alias/") || key.contains(":alias/") {
            let place = cx.place(Table::SECTION, &table.key, &["kms_key"]);
            out.add(place, &table.address, format!("`{key}` is an alias"));
        }
    }
}
