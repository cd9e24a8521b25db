//! Schemas that every page of the document is made of.

use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaType, Type};

pub(super) fn text(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(meaning))
}

pub(super) fn integer(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).description(Some(meaning))
}

pub(super) fn flag(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(meaning))
}

pub(super) fn or_null(meaning: &str, of: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Array(vec![of, Type::Null])).description(Some(meaning))
}

/// An object that has all of these.
pub(super) fn object<const N: usize>(members: [(&str, ObjectBuilder); N]) -> ObjectBuilder {
    members
        .into_iter()
        .fold(ObjectBuilder::new(), |object, (name, schema)| object.property(name, schema).required(name))
}

/// This, or null.
pub(super) fn or_absent(meaning: &str, object: ObjectBuilder) -> ObjectBuilder {
    object.schema_type(SchemaType::Array(vec![Type::Object, Type::Null])).description(Some(meaning))
}

pub(super) fn several(meaning: &str, item: ObjectBuilder) -> ArrayBuilder {
    ArrayBuilder::new().items(item).description(Some(meaning))
}

pub(super) fn strings(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .description(Some(meaning))
        .additional_properties(Some(AdditionalProperties::RefOr(text("A value.").into())))
}
