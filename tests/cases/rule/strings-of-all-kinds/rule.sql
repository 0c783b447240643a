note <> E'it\'s' and note <> $tag$); drop table x; --$tag$ and note <> U&'\0441'
