"""Fills a fresh Tryton 6.0 database for the tests: countries, company, accounts, fiscal years, taxes, products, users.

    python3 - CONFIG DATABASE COMPANY_CURRENCY < bootstrap.py

Runs trytond inside this process through proteus, so that no server need be up.
"""
import datetime
import sys
from decimal import Decimal

from proteus import Model, Wizard, config as proteus_config

COUNTRIES = """AR ARG 032 Argentina|AT AUT 040 Austria|AU AUS 036 Australia|BE BEL 056 Belgium|BR BRA 076 Brazil
CA CAN 124 Canada|CH CHE 756 Switzerland|CZ CZE 203 Czechia|DE DEU 276 Germany|DK DNK 208 Denmark|ES ESP 724 Spain
FI FIN 246 Finland|FR FRA 250 France|GB GBR 826 United Kingdom|IE IRL 372 Ireland|IT ITA 380 Italy|JP JPN 392 Japan
LU LUX 442 Luxembourg|MX MEX 484 Mexico|NL NLD 528 Netherlands|NO NOR 578 Norway|PL POL 616 Poland|PT PRT 620 Portugal
SE SWE 752 Sweden|SG SGP 702 Singapore|US USA 840 United States|VE VEN 862 Venezuela""".replace("\n", "|").split("|")
CURRENCIES = [("EUR", "Euro", "€", "978"), ("USD", "US Dollar", "$", "840")]
DOLLARS_PER_EURO = Decimal("1.1")
PAYMENT_TERMS = [("On receipt", 0), ("14 days", 14), ("30 days", 30), ("60 days", 60)]
PRODUCTS = [  # code, name, type, category, list price, cost price, units in stock
    ("WID-001", "Widget, small", "goods", "Goods", "10.00", "4.00", 5000),
    ("WID-002", "Widget, large", "goods", "Goods", "25.00", "11.50", 5000),
    ("GAD-001", "Gadget", "goods", "Goods 19%", "149.90", "80.00", 5000),
    ("FREIGHT", "Freight", "service", "Goods", "0.00", "0.00", 0),
]


def main(config_file, database, company_currency):
    config = proteus_config.set_trytond(database, config_file=config_file)
    close_first_run_wizard()
    create_countries()
    create_currencies(company_currency)
    company = create_company(company_currency)
    config._context = Model.get("res.user").get_preferences(True, {})  # from here on with the company
    create_chart(company)
    create_fiscal_years(company)
    create_payment_terms()
    tax = create_tax(company)
    create_payment_method(company)
    create_products(company, tax)
    create_hub_user(company)


def close_first_run_wizard():
    Item = Model.get("ir.module.config_wizard.item")
    items = Item.find([("state", "=", "open")])
    for item in items:
        item.state = "done"
    Item.save(items)


def create_countries():
    Country = Model.get("country.country")
    records = []
    for line in COUNTRIES:
        code, code3, numeric, name = line.split(" ", 3)
        records.append(Country(name=name, code=code, code3=code3, code_numeric=numeric))
    Country.save(records)


def create_currencies(company_currency):
    """The company's currency has the rate 1; the rates begin long ago, so that orders of the past can be converted."""
    Currency = Model.get("currency.currency")
    for code, name, symbol, numeric in CURRENCIES:
        rate = Decimal(1) if code == company_currency else (
            DOLLARS_PER_EURO if code == "USD" else (1 / DOLLARS_PER_EURO).quantize(Decimal("0.000001")))
        currency = Currency(name=name, code=code, symbol=symbol, numeric_code=numeric)
        currency.rates.new(date=datetime.date(1990, 1, 1), rate=rate)
        currency.save()


def create_company(company_currency):
    Party, Country = Model.get("party.party"), Model.get("country.country")
    party = Party(name="Nave Test Company", code="COMPANY")
    address, = party.addresses
    address.street, address.postal_code, address.city = "Hauptstr. 1", "10115", "Berlin"
    address.country, = Country.find([("code", "=", "DE")])
    party.save()
    wizard = Wizard("company.company.config")  # also sets the company of user admin
    wizard.execute("company")
    wizard.form.party = party
    wizard.form.currency, = Model.get("currency.currency").find([("code", "=", company_currency)])
    wizard.execute("add")
    return Model.get("company.company").find([])[0]


def create_chart(company):
    Account = Model.get("account.account")
    root, = Model.get("ir.model.data").find([("module", "=", "account"), ("fs_id", "=", "account_template_root_en")])
    chart = Wizard("account.create_chart")
    chart.execute("account")
    chart.form.account_template = Model.get("account.account.template")(root.db_id)
    chart.form.company = company
    chart.execute("create_account")
    chart.form.account_receivable, = Account.find([("type.receivable", "=", True)], limit=1)
    chart.form.account_payable, = Account.find([("type.payable", "=", True)], limit=1)
    chart.execute("create_properties")


def create_fiscal_years(company):
    """Orders may bear any date; invoices and stock moves are dated on the day they are made."""
    Sequence, SequenceType = Model.get("ir.sequence"), Model.get("ir.sequence.type")
    SequenceStrict, FiscalYear = Model.get("ir.sequence.strict"), Model.get("account.fiscalyear")
    move_type, = SequenceType.find([("name", "=", "Account Move")])
    invoice_type, = SequenceType.find([("name", "=", "Invoice")])
    this_year = datetime.date.today().year
    for year in (this_year - 1, this_year, this_year + 1):
        move_sequence = Sequence(name="Move %d" % year, sequence_type=move_type, company=company)
        move_sequence.save()
        invoices = SequenceStrict(name="Invoice %d" % year, sequence_type=invoice_type, company=company,
            prefix="%d-" % year, padding=5)
        invoices.save()
        credits = SequenceStrict(name="Credit note %d" % year, sequence_type=invoice_type, company=company,
            prefix="C%d-" % year, padding=5)
        credits.save()
        fiscal_year = FiscalYear(name=str(year), company=company,
            start_date=datetime.date(year, 1, 1), end_date=datetime.date(year, 12, 31))
        fiscal_year.post_move_sequence = move_sequence
        line, = fiscal_year.invoice_sequences
        line.out_invoice_sequence = line.in_invoice_sequence = invoices
        line.out_credit_note_sequence = line.in_credit_note_sequence = credits
        fiscal_year.save()
        fiscal_year.click("create_period")


def create_payment_terms():
    Term = Model.get("account.invoice.payment_term")
    for name, days in PAYMENT_TERMS:
        term = Term(name=name)
        term.lines.new(type="remainder").relativedeltas.new(days=days)
        term.save()


def create_tax(company):
    account, = Model.get("account.account").find([("name", "=", "Main Tax")])
    tax = Model.get("account.tax")(name="VAT 19%", description="VAT 19%", type="percentage",
        rate=Decimal("0.19"), company=company, invoice_account=account, credit_note_account=account)
    tax.save()
    return tax


def create_payment_method(company):
    cash, = Model.get("account.account").find([("name", "=", "Main Cash")])
    journal, = Model.get("account.journal").find([("type", "=", "cash")], limit=1)
    Model.get("account.invoice.payment.method")(
        name="Bank", journal=journal, credit_account=cash, debit_account=cash).save()


def create_products(company, tax):
    Account, Category = Model.get("account.account"), Model.get("product.category")
    Template, Product, Tax = Model.get("product.template"), Model.get("product.product"), Model.get("account.tax")
    categories = {}
    for name in ("Goods", "Goods 19%"):
        category = Category(name=name, accounting=True)
        category.account_revenue, = Account.find([("type.revenue", "=", True)], limit=1)
        category.account_expense, = Account.find([("type.expense", "=", True)], limit=1)
        if "19%" in name:
            category.customer_taxes.append(Tax(tax.id))
            category.supplier_taxes.append(Tax(tax.id))
        category.save()
        categories[name] = category
    unit, = Model.get("product.uom").find([("symbol", "=", "u")])
    inventory = Model.get("stock.inventory")()
    inventory.location, = Model.get("stock.location").find([("code", "=", "STO")])
    for code, name, type_, category, price, cost, quantity in PRODUCTS:
        template = Template(name=name, type=type_, default_uom=unit, salable=True, purchasable=type_ == "goods",
            list_price=Decimal(price), account_category=categories[category])
        template.code = code
        template.products[0].cost_price = Decimal(cost)
        template.save()
        if quantity:
            line = inventory.lines.new(product=Product(template.products[0].id))
            line.quantity, line.expected_quantity = float(quantity), 0.0
    inventory.click("confirm")


def create_hub_user(company):
    """The hub's own login with admin's groups: `write_uid` then tells its writes from a person's."""
    User, Group = Model.get("res.user"), Model.get("res.group")
    admin, = User.find([("login", "=", "admin")])
    hub = User(name="Integration hub", login="hub", password="tryton-Test-1")
    for group in Group.find([]):
        hub.groups.append(Group(group.id))
    hub.companies.append(company)
    hub.company = company
    hub.save()
    granted = {group.id for group in admin.groups}
    for group in Group.find([]):
        if group.id not in granted:
            admin.groups.append(Group(group.id))
    admin.save()


if __name__ == "__main__":
    main(*sys.argv[1:])
