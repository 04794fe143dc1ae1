/* Days are counted in years that begin in March: the leap day is then the last of its year, and
 * months have a length that follows one formula. 400 such years are always 146097 days. */
#include "http/date.h"

#include <stdbool.h>

#define DAY_S            86400
#define DAYS_OF_400      146097
#define DAYS_TO_1970     719468 /* from March 1st of the year 0 */
#define FIRST_S          (-62167219200)
#define LAST_S           253402300799
#define MAX_YEARS_AHEAD  50
#define WEEKDAY_OF_EPOCH 4 /* 1970 began with a Thursday, Sunday is 0 */

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char short_days[] = "SunMonTueWedThuFriSat";

struct civil {
    int64_t year;
    unsigned month; /* 1 to 12 */
    unsigned day;
};

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970 to a date of the years 0 to 9999. */
static int64_t days_from_civil(struct civil c)
{
    /* A year before March belongs to the one before; the one of the year 0 begins at -1. */
    int64_t year = c.month > 2 ? c.year + 400 : c.year + 399;
    int64_t month = c.month > 2 ? c.month - 3 : c.month + 9;
    int64_t day_of_year = (153 * month + 2) / 5 + (int64_t)c.day - 1;
    int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    return days - DAYS_OF_400 - DAYS_TO_1970;
}

static struct civil civil_from_days(int64_t days)
{
    int64_t shifted = days + DAYS_TO_1970 + DAYS_OF_400;
    int64_t era = shifted / DAYS_OF_400;
    int64_t day_of_era = shifted % DAYS_OF_400;
    /* The leap days in front of this day are taken out, then years are 365 days. */
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int64_t year = (era - 1) * 400 + year_of_era;
    return (struct civil){
        .year = month < 10 ? year : year + 1,
        .month = (unsigned)(month < 10 ? month + 3 : month - 9),
        .day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

static void put_digits(char *out, unsigned count, unsigned n)
{
    for (unsigned i = count; i-- > 0; n /= 10) {
        out[i] = (char)('0' + n % 10);
    }
}

void date_format(int64_t unix_s, char out[static DATE_LEN])
{
    static const char blank[DATE_LEN] = "day, 00 mon 0000 00:00:00 GMT";
    int64_t at = unix_s < FIRST_S ? FIRST_S : unix_s > LAST_S ? LAST_S : unix_s;
    int64_t since_first = at - FIRST_S;
    int64_t days = since_first / DAY_S + FIRST_S / DAY_S;
    unsigned second = (unsigned)(since_first % DAY_S);
    /* 400 years are whole weeks: adding some keeps the day of the week and avoids a negative. */
    unsigned weekday = (unsigned)((days + WEEKDAY_OF_EPOCH + 5 * DAYS_OF_400) % 7);
    struct civil civil = civil_from_days(days);
    memcpy(out, blank, sizeof(blank));
    memcpy(out, short_days + (size_t)weekday * 3, 3);
    put_digits(out + 5, 2, civil.day);
    memcpy(out + 8, month_names + (size_t)(civil.month - 1) * 3, 3);
    put_digits(out + 12, 4, (unsigned)civil.year);
    put_digits(out + 17, 2, second / 3600);
    put_digits(out + 20, 2, second / 60 % 60);
    put_digits(out + 23, 2, second % 60);
}

/* --- reading ------------------------------------------------------------------------------- */

/* What is left of the text; what does not fit makes it bad for good. */
struct scan {
    struct str left;
    bool is_bad;
};

struct moment {
    struct civil civil;
    unsigned hour;
    unsigned minute;
    unsigned second;
};

static void take_text(struct scan *s, struct str text)
{
    s->is_bad = s->is_bad || !str_has_prefix(s->left, text);
    s->left = str_skip(s->left, text.len);
}

static unsigned take_digits(struct scan *s, unsigned count)
{
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        char c = '\0';
        if (i < s->left.len) {
            c = s->left.p[i];
        }
        s->is_bad = s->is_bad || c < '0' || c > '9';
        n = n * 10 + (unsigned)(c - '0') % 10;
    }
    s->left = str_skip(s->left, count);
    return n;
}

/* One of the names of three letters that stand in `names`: its index. */
static unsigned take_name(struct scan *s, struct str names)
{
    struct str name = str_head(s->left, 3);
    s->left = str_skip(s->left, 3);
    for (unsigned i = 0; i * 3 < names.len; i++) {
        if (str_eq(name, str_of(names.p + (size_t)i * 3, 3))) {
            return i;
        }
    }
    s->is_bad = true;
    return 0;
}

static void take_short_day(struct scan *s)
{
    take_name(s, str_of(short_days, sizeof(short_days) - 1));
}

static void take_long_day(struct scan *s)
{
    static const struct str days[] = {
        STR_LIT("Sunday"),   STR_LIT("Monday"), STR_LIT("Tuesday"),  STR_LIT("Wednesday"),
        STR_LIT("Thursday"), STR_LIT("Friday"), STR_LIT("Saturday"),
    };
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        if (str_has_prefix(s->left, days[i])) {
            s->left = str_skip(s->left, days[i].len);
            return;
        }
    }
    s->is_bad = true;
}

static unsigned take_month(struct scan *s)
{
    return take_name(s, str_of(month_names, sizeof(month_names) - 1)) + 1;
}

static void take_time(struct scan *s, struct moment *m)
{
    m->hour = take_digits(s, 2);
    take_text(s, STR(":"));
    m->minute = take_digits(s, 2);
    take_text(s, STR(":"));
    m->second = take_digits(s, 2);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static void take_fixdate(struct scan *s, struct moment *m)
{
    take_short_day(s);
    take_text(s, STR(", "));
    m->civil.day = take_digits(s, 2);
    take_text(s, STR(" "));
    m->civil.month = take_month(s);
    take_text(s, STR(" "));
    m->civil.year = take_digits(s, 4);
    take_text(s, STR(" "));
    take_time(s, m);
    take_text(s, STR(" GMT"));
}

static int64_t widen_year(unsigned two_digits, int64_t now_s)
{
    int64_t now = civil_from_days(now_s / DAY_S).year;
    int64_t year = now - now % 100 + two_digits;
    return year > now + MAX_YEARS_AHEAD ? year - 100 : year;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static void take_rfc850(struct scan *s, int64_t now_s, struct moment *m)
{
    take_long_day(s);
    take_text(s, STR(", "));
    m->civil.day = take_digits(s, 2);
    take_text(s, STR("-"));
    m->civil.month = take_month(s);
    take_text(s, STR("-"));
    m->civil.year = widen_year(take_digits(s, 2), now_s);
    take_text(s, STR(" "));
    take_time(s, m);
    take_text(s, STR(" GMT"));
}

/* "Sun Nov  6 08:49:37 1994" */
static void take_asctime(struct scan *s, struct moment *m)
{
    take_short_day(s);
    take_text(s, STR(" "));
    m->civil.month = take_month(s);
    take_text(s, STR(" "));
    bool is_padded = s->left.len > 0 && s->left.p[0] == ' ';
    s->left = str_skip(s->left, is_padded ? 1 : 0);
    m->civil.day = take_digits(s, is_padded ? 1 : 2);
    take_text(s, STR(" "));
    take_time(s, m);
    take_text(s, STR(" "));
    m->civil.year = take_digits(s, 4);
}

static bool exists(const struct moment *m)
{
    static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned last = lengths[m->civil.month - 1];
    last += m->civil.month == 2 && is_leap(m->civil.year);
    /* 60 is a leap second. */
    return m->civil.day >= 1 && m->civil.day <= last && m->hour < 24 && m->minute < 60 &&
           m->second <= 60;
}

enum err date_parse(struct str text, int64_t now_s, int64_t *unix_s)
{
    struct scan s = {.left = text};
    struct moment m = {0};
    size_t comma = str_index(text, ',');
    if (comma == 3) {
        take_fixdate(&s, &m);
    } else if (comma < text.len) {
        take_rfc850(&s, now_s, &m);
    } else {
        take_asctime(&s, &m);
    }
    if (s.is_bad || s.left.len > 0) {
        return ERR_SYNTAX;
    }
    if (!exists(&m)) {
        return ERR_RANGE;
    }
    *unix_s = days_from_civil(m.civil) * DAY_S + m.hour * 3600 + m.minute * 60 + m.second;
    return ERR_OK;
}
