//! What each verb teaches: its endpoint, its formula, and examples.

/// What a verb asks of NEXUS, what it computes, and examples that run on the demo catalogue.
pub(super) struct Lesson {
    pub(super) verb: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) method: &'static str,
    pub(super) examples: &'static [&'static str],
    /// Examples of what the engine inside the kernel has no data or no files for.
    pub(super) elsewhere: &'static [&'static str],
}

impl Lesson {
    /// All examples.
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.examples.iter().chain(self.elsewhere).copied()
    }
}

/// One lesson for each verb.
pub(super) const LESSONS: &[Lesson] = &[
    Lesson {
        verb: "target",
        endpoint: "/list",
        method: "The engine inside the kernel, `embedded`, answers until a server is chosen. A token, password, header or cookie is \
                 asked for, hidden, or read from an environment variable or netrc, so that it never stands in the notebook. A login is \
                 sent to that server alone, never to one that it redirects to. Proxies are taken from HTTPS_PROXY, HTTP_PROXY and \
                 NO_PROXY. Targets that are to be there always stand in the config file: %sdap config.",
        examples: &["%sdap target", "%sdap target embedded", "%sdap target embedded --timeout 10"],
        elsewhere: &["%sdap target lab=https://example.org/nexus --token-env LAB_TOKEN", "%sdap target lab --netrc --ca lab.pem"],
    },
    Lesson {
        verb: "datasets",
        endpoint: "/list",
        method: "",
        examples: &["%sdap datasets", "%sdap datasets sst", "%sdap datasets *clim*"],
        elsewhere: &[],
    },
    Lesson {
        verb: "describe",
        endpoint: "/list",
        method: "",
        examples: &[
            "%sdap describe OSTIA_SST_MONTHLY_TROPICS",
            "%sdap describe USGS_VA_DISCHARGE_DAILY",
            "%sdap describe COADS_CLIMATOLOGY --target embedded",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "open",
        endpoint: "",
        method: "The engine inside the kernel reads it, chunk by chunk, whenever it is asked; nothing is copied. What is missing, packed \
                 or counted in another calendar is understood after the CF conventions. Files of a folder or pattern are joined along \
                 time. Ask for it while the target is `embedded`.",
        examples: &["%sdap open sst.zarr", "%sdap open sst_2001.nc as SST", "%sdap open 'model/*.nc' as MODEL"],
        elsewhere: &[],
    },
    Lesson {
        verb: "region",
        endpoint: "",
        method: "A polygon is drawn as it is; what is asked for is its bounding box, since NEXUS knows no other areas.",
        examples: &[
            "%sdap region bight = -120,32,-117,35",
            "%sdap region cape = 'POLYGON((-78 34, -74 34, -74 38, -78 34))'",
            "%sdap region nino34",
        ],
        elsewhere: &[],
    },
    Lesson { verb: "regions", endpoint: "", method: "", examples: &["%sdap regions"], elsewhere: &[] },
    Lesson {
        verb: "box",
        endpoint: "",
        method: "",
        examples: &["%sdap box nino34 --projection orthographic", "%sdap box nino3 nino4", "%sdap box 170,-10,-170,10"],
        elsewhere: &[],
    },
    Lesson {
        verb: "subset",
        endpoint: "/datainbounds, /cdmssubset",
        method: "Every valid sample whose cell centre lies in the box, edges included. With --each, one series for each value: at each time \
                 the plain mean of its samples. With --zip, the server's own ZIP file of CSV tables.",
        examples: &[
            "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017-01",
            "%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017",
            "%sdap subset USGS_VA_DISCHARGE_DAILY --filter lat:[37.5 TO 38] --filter rivid_name:*RIVER* --time 2017-01",
            "%sdap subset OSTIA_SST_MONTHLY_TROPICS --bbox -90,-2,-85,2 --time 2010-01",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "timeseries",
        endpoint: "/timeSeriesSpark",
        method: "For each time: mean = Σ x·cos(lat) / Σ cos(lat) over the valid cells whose centre lies in the box; standard deviation of \
                 the population, minimum, maximum and count, unweighted. Of two datasets also the regression of the second on the first, \
                 over the times they share. TARGET:DATASET asks that target, so that one command compares two servers.",
        examples: &[
            "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "%sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox la_county --time 1998",
            "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2007/2009",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "anomaly",
        endpoint: "/dailydifferenceaverage_spark",
        method: "For each day: the plain mean and population standard deviation, over the cells, of value − climatology. The climatology's \
                 field is that of the largest day of year not after the day's.",
        examples: &[
            "%sdap anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "%sdap anomaly OSTIA_SST_MONTHLY_TROPICS --climatology OSTIA_SST_MONTHLY_TROPICS_CLIM --bbox nino3 --time 2009",
            "let warmth = %sdap anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2007/2009",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "map",
        endpoint: "/timeAvgMapSpark, /varianceSpark, /maxMinMapSpark, /climMapSpark",
        method: "For each cell over its valid times: the plain mean, population variance, maximum or minimum; or the mean of one calendar \
                 month over the years.",
        examples: &[
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009-06/2010-04",
            "%sdap map COADS_CLIMATOLOGY --variable airt --bbox world --projection robinson",
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --stat climatology --month 1 --bbox 120,-5,-70,5",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "correlate",
        endpoint: "/corrMapSpark, /correlationMap",
        method: "For each cell: the correlation coefficient after Pearson over the times that both datasets have. Both need the same grid, \
                 unless --resolution lays one over both, each cell taking the value nearest to it. --stat shows another number of the \
                 least-squares line of the second on the first: slope, intercept, p of a slope as steep by chance, or standard error.",
        examples: &[
            "%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --stat slope --resolution 5 --bbox nino34",
            "%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2007/2009",
            "let alike = %sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino4",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "hovmoller",
        endpoint: "/longitudeTimeHofMoellerSpark, /latitudeTimeHofMoellerSpark",
        method: "For each time and longitude: the mean over latitudes, weighted by cos(lat). For each time and latitude: the plain mean over \
                 longitudes.",
        examples: &[
            "%sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --axis longitude --bbox 120,-5,-70,5",
            "%sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --axis latitude --bbox nino34 --time 2009",
            "let waves = %sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox 120,-2,-70,2 --time 2009/2010",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "stddev",
        endpoint: "/standardDeviation",
        method: "The standard deviation that a climatology keeps beside its means, of its last day of the year at or before the one that is \
                 asked for, in the nearest cell, or in all cells of the tile that holds the place.",
        examples: &[
            "%sdap stddev OSTIA_SST_MONTHLY_TROPICS_CLIM --at -140,0 --day 166",
            "%sdap stddev OSTIA_SST_MONTHLY_TROPICS_CLIM --at -140,0 --date 2009-06-15 --tile",
            "let spread = %sdap stddev OSTIA_SST_MONTHLY_TROPICS_CLIM --at 170.5,-3 --day 1",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "matchup",
        endpoint: "/match_spark, /job, /cdmsresults",
        method: "For each sample of the primary: the samples of the secondary within the radius and the tolerance, both included. --once keeps \
                 the closest of each, and all that share its place and time. Distances are geodesic. It is a job of the server; an \
                 interrupt cancels it there. A match-up is drawn as a map of its pairs.",
        examples: &[
            "%sdap matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --once --bbox -180,-5,-80,5 --time 2009",
            "let pairs = %sdap matchup OSTIA_SST_MONTHLY_TROPICS SYNTHETIC_DRIFTER_SST --radius 60km --tolerance 2w --bbox nino34 --time 2008",
            "let later = %sdap matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --bbox nino34 --time 2010 \
             --detach",
        ],
        elsewhere: &[
            "%sdap matchup AVHRR_OI SPURS --radius 5km --tolerance 1d --platforms 30,42 --depth 0,5 --bbox -40,20,-35,25 --time 2012-09",
        ],
    },
    Lesson {
        verb: "jobs",
        endpoint: "/job",
        method: "A server keeps no list of whose job is which: these are the jobs of this session.",
        examples: &["%sdap jobs", "%sdap jobs --timeout 10", "let running = %sdap jobs"],
        elsewhere: &[],
    },
    Lesson {
        verb: "job",
        endpoint: "/job",
        method: "",
        examples: &[],
        elsewhere: &["%sdap job 3f2a", "%sdap job 3f2a --target lab", "let state = %sdap job 3f2a"],
    },
    Lesson {
        verb: "cancel",
        endpoint: "/job/cancel",
        method: "What runs on the cluster for the job is ended; a job that has ended stays as it is.",
        examples: &[],
        elsewhere: &["%sdap cancel 3f2a", "%sdap cancel 3f2a --target lab", "%sdap cancel 3f2a --timeout 10"],
    },
    Lesson {
        verb: "results",
        endpoint: "/cdmsresults",
        method: "The pairs of a match-up: primary place, time and values, secondary place, time and values, distance in metres, and how many \
                 seconds later the secondary was taken. Fetched page by page.",
        examples: &[],
        elsewhere: &["%sdap results 3f2a", "%sdap results 3f2a --limit 500", "let pairs = %sdap results 3f2a"],
    },
    Lesson {
        verb: "catalog",
        endpoint: "/cdmscatalog",
        method: "",
        examples: &[],
        elsewhere: &["%sdap catalog 3f2a", "%sdap catalog 3f2a --target lab", "let links = %sdap catalog 3f2a"],
    },
    Lesson {
        verb: "tomogram",
        endpoint: "/tomogram/longitude, /tomogram/latitude, /tomogram/profile, /tomogram/3d",
        method: "A cut through radar tomography, shown in decibels: 10·log10 of the values. Elevations are metres. Other parameters of the \
                 endpoint go behind it as KEY=VALUE.",
        examples: &[],
        elsewhere: &[
            "%sdap tomogram longitude UAVSAR --at -118.07 --between 34.83,34.87 --elevation 0,80",
            "%sdap tomogram profile UAVSAR --from -118.08,34.83 --to -118.05,34.86 --elevation 0,80 --save cut.nc",
            "%sdap tomogram 3d UAVSAR --bbox -118.08,34.83,-118.05,34.86 --elevation 0,80 orbit=30,10 --format gif",
        ],
    },
    Lesson {
        verb: "get",
        endpoint: "any",
        method: "An array of objects, alone or as `data`, is a table, a column for each key; other JSON is shown as a tree, and bound as a table \
                 of paths and values. Pictures are shown, and anything can be saved as it came. Endpoints that change something have \
                 verbs of their own; those that no server answers any more are refused.",
        examples: &["%sdap get /list", "%sdap get /heartbeat", "let all = %sdap get /list"],
        elsewhere: &["%sdap get /cdmsresults id=3f2a output=CSV --save pairs.csv"],
    },
    Lesson {
        verb: "plot",
        endpoint: "",
        method: "Series are drawn as lines, grids and samples as maps, unless --kind says otherwise. Values of two units get a y axis each. \
                 Error bars and bands are one standard deviation to either side. A scatter plot matches its series on time, and has the \
                 least-squares line with its correlation coefficient. A - B is drawn as a difference, a match-up as a map of its pairs, and \
                 a table whose columns of numbers have one unit as a heatmap.",
        examples: &[
            "%sdap plot sst --kind year",
            "%sdap plot sst --kind errorbars --every 3",
            "%sdap plot sst --band --title 'Sea surface temperature'",
        ],
        elsewhere: &[],
    },
    Lesson {
        verb: "table",
        endpoint: "",
        method: "Of a map or a diagram one row for each cell that has a number.",
        examples: &["%sdap table sst", "%sdap table alike", "%sdap table waves"],
        elsewhere: &[],
    },
    Lesson { verb: "values", endpoint: "", method: "", examples: &["%sdap values"], elsewhere: &[] },
    Lesson {
        verb: "save",
        endpoint: "",
        method: "Units, the request, who answered it, attribution and whether the numbers are synthetic stand in the file. NetCDF and Zarr \
                 follow CF-1.11; pandas reads .csv, .json (orient=\"table\") and .parquet; .png and .svg are the figure that plot draws. \
                 A file is written aside and takes its name when it is whole; what is there is kept unless --force is given.",
        examples: &["%sdap save sst sst.nc", "%sdap save sst sst.csv --force", "%sdap save sst sst.svg"],
        elsewhere: &[],
    },
    Lesson {
        verb: "last",
        endpoint: "",
        method: "With an option, one line to copy.",
        examples: &["%sdap last", "%sdap last --curl", "%sdap last --url --curl"],
        elsewhere: &[],
    },
    Lesson {
        verb: "set",
        endpoint: "",
        method: "What was set is said below every result that it touched. The box does not hold where --filter or --each selects. With the \
                 cache on, what a server has answered is taken from disk, its age said, until --fresh asks again; errors are never kept. \
                 What is to hold always stands in the config file, or in a variable such as SDAP_BOX.",
        examples: &[
            "%sdap set box nino34",
            "%sdap set time 2007/2009",
            "%sdap set timeout 15m",
            "%sdap set",
            "%sdap set box --unset",
            "%sdap set time --unset",
            "%sdap set timeout --unset",
        ],
        elsewhere: &["%sdap set cache on"],
    },
    Lesson {
        verb: "config",
        endpoint: "",
        method: "A command's own option goes before %sdap set, that before a variable, that before the config file, that before the default.",
        examples: &["%sdap config"],
        elsewhere: &[],
    },
    Lesson {
        verb: "dataset",
        endpoint: "/datasets/add, /datasets/update, /datasets/remove",
        method: "A Zarr group becomes a dataset of the server, for everybody who asks it. What is there already is changed or removed only \
                 after a yes. `open` makes one of the engine inside the kernel.",
        examples: &[],
        elsewhere: &[
            "%sdap dataset add SST s3://bucket/sst.zarr --variable sst --public",
            "%sdap dataset update SST s3://bucket/sst-2.zarr --variable sst --coords latitude=lat,longitude=lon,time=time",
            "%sdap dataset remove SST --yes",
        ],
    },
    Lesson {
        verb: "capabilities",
        endpoint: "/capabilities",
        method: "Servers list endpoints that no longer answer; those are marked.",
        examples: &["%sdap capabilities", "%sdap capabilities map", "let endpoints = %sdap capabilities"],
        elsewhere: &[],
    },
    Lesson {
        verb: "heartbeat",
        endpoint: "/heartbeat",
        method: "A 1.4 server says of each way that it keeps data in whether it is there; older ones only that they are online.",
        examples: &["%sdap heartbeat", "%sdap heartbeat --timeout 5", "let alive = %sdap heartbeat"],
        elsewhere: &[],
    },
    Lesson {
        verb: "batch",
        endpoint: "",
        method: "Each further line of the cell is a command, with or without `let NAME =` before it; # begins a remark. Two run at a time, \
                 a line that uses a name waits for the line that binds it, and results are shown in their order. A line that fails does not \
                 stop the others, unless --stop is given; the cell fails in the end.",
        examples: &[
            "%%sdap batch\nlet east = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino3\nlet west = timeseries OSTIA_SST_MONTHLY_TROPICS \
             --bbox nino4\nplot east west",
            "%%sdap batch --stop\nlet early = map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2007\nlet late = map OSTIA_SST_MONTHLY_TROPICS \
             --bbox nino34 --time 2009\nplot late - early",
            "%%sdap batch\n# the rain and the river of one year\ntimeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2017\n\
             subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017",
        ],
        elsewhere: &[],
    },
    Lesson { verb: "status", endpoint: "", method: "", examples: &["%sdap status"], elsewhere: &[] },
    Lesson {
        verb: "drop",
        endpoint: "",
        method: "",
        examples: &["%sdap drop sst", "%sdap drop warmth", "%sdap drop alike waves"],
        elsewhere: &[],
    },
    Lesson { verb: "help", endpoint: "", method: "", examples: &["%sdap help", "%sdap help map", "%sdap map?"], elsewhere: &[] },
    Lesson { verb: "version", endpoint: "/version", method: "", examples: &["%sdap version"], elsewhere: &[] },
];
