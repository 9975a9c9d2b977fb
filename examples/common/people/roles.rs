//! What columns of people are looked for, and what they are usually called.

use custometry::identity::FieldKind;

/// What is looked for: its name among the records, its option, and the names its parts
/// usually go by, the surest first, without anything but letters and digits.
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) kind: FieldKind,
    pub(super) option: &'static str,
    pub(super) usual: &'static [&'static str],
}

pub(super) const GIVEN_NAME: Role = Role {
    name: "given_name",
    kind: FieldKind::GivenName,
    option: "--given-name",
    usual: &["givenname firstname forename fname first given christianname vorname prenom"],
};

pub(super) const SURNAME: Role = Role {
    name: "surname",
    kind: FieldKind::Surname,
    option: "--surname",
    usual: &["surname lastname familyname lname last family nachname"],
};

pub(super) const FULL_NAME: Role = Role {
    name: "full_name",
    kind: FieldKind::FullName,
    option: "--full-name",
    usual: &["fullname name customername personname contactname displayname"],
};

pub(super) const BIRTH_DATE: Role = Role {
    name: "birth_date",
    kind: FieldKind::BirthDate,
    option: "--birth-date",
    usual: &["birthdate dateofbirth dob birthday birthdt dateborn born geburtsdatum"],
};

pub(super) const EMAIL: Role = Role {
    name: "email",
    kind: FieldKind::Email,
    option: "--email",
    usual: &["email emailaddress emailaddr mail mailaddress"],
};

pub(super) const PHONE: Role = Role {
    name: "phone",
    kind: FieldKind::Phone,
    option: "--phone",
    usual: &[
        "phone phonenumber phoneno mobile mobilephone mobilenumber mobileno cell cellphone \
         telephone telephonenumber telephoneno tel telno homephone phone1 workphone",
    ],
};

/// The first part is of use only together with the second.
pub(super) const ADDRESS: Role = Role {
    name: "address",
    kind: FieldKind::Address,
    option: "--address",
    usual: &[
        "streetnumber streetno streetnum housenumber houseno housenum buildingnumber",
        "address streetaddress address1 addressline1 addressline addr addr1 street streetname \
         street1 homeaddress residentialaddress postaladdress",
    ],
};

pub(super) const CITY: Role = Role {
    name: "city",
    kind: FieldKind::City,
    option: "--city",
    usual: &["city suburb town cityname locality place municipality"],
};

pub(super) const POSTCODE: Role = Role {
    name: "postcode",
    kind: FieldKind::Postcode,
    option: "--postcode",
    usual: &["postcode postalcode zip zipcode zip5 postcd plz"],
};

pub(super) const IDENTIFIER: Role = Role {
    name: "identifier",
    kind: FieldKind::Identifier,
    option: "--identifier",
    usual: &[
        "ssn socsecid socialsecuritynumber socialsecurityno nationalid nationalidnumber \
         nationalinsurancenumber nino nhsnumber medicarenumber passportnumber passportno \
         passport taxid taxnumber driverslicense driverlicense driverslicence",
    ],
};

pub(super) const TEXT: Role = Role {
    name: "text",
    kind: FieldKind::Text,
    option: "--text",
    usual: &[],
};

pub(super) const GUESSED: [Role; 10] = [
    GIVEN_NAME, SURNAME, FULL_NAME, BIRTH_DATE, EMAIL, PHONE, ADDRESS, CITY, POSTCODE, IDENTIFIER,
];

/// What the key of a record is usually called.
pub(super) const USUAL_IDS: &str = "id recordid recid record recordno recordnumber uniqueid uid \
     customerid customerkey customernumber customerno customer custid custno clientid clientno \
     client memberid memberno member userid user accountid accountno account personid key";
